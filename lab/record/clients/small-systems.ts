import { join } from 'node:path'
import type { Lookup } from '../zones/lookups.js'
import { type Asking, chunks } from './client.js'

/** Looks up each name given as a parameter, as every program of a musl system (Alpine, OpenWrt) does. */
const MUSL_PROGRAM = `#include <netdb.h>
#include <sys/socket.h>
int main(int count, char **names) {
  static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };
  for (int index = 1; index < count; index++) {
    struct addrinfo hints = { .ai_family = families[index % 3], .ai_socktype = SOCK_STREAM }, *found;
    if (getaddrinfo(names[index], "80", &hints, &found) == 0) freeaddrinfo(found);
  }
  return 0;
}
`

/** musl's resolver. */
export async function musl({ stage, namespace, server }: Asking, lookups: readonly Lookup[]): Promise<void> {
  const source = await stage.write('musl-lookup.c', MUSL_PROGRAM)
  const program = join(stage.folder, 'musl-lookup')
  await stage.tool('musl-gcc', ['-static', '-o', program, source])
  await namespace.writeResolvConf(`nameserver ${server}\noptions timeout:1 attempts:1\n`)
  const names = [...new Set(lookups.filter(({ name }) => name !== '.').map(({ name }) => name))]
  for (const batch of chunks(names, 200)) {
    await stage.run(namespace, 'sh', ['-c', 'exec "$0" "$@"', program, ...batch])
  }
}

/** Types that busybox's nslookup knows. */
const BUSYBOX_TYPES = new Set(['A', 'AAAA', 'ANY', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'])

/** nslookup of busybox, which makes and reads its own messages. */
export async function busybox(
  { stage, namespace, server }: Asking,
  lookups: readonly Lookup[],
): Promise<void> {
  for (const { name, type } of lookups.filter(({ name, type }) => name !== '.' && BUSYBOX_TYPES.has(type))) {
    await stage.run(namespace, 'busybox', ['nslookup', `-type=${type}`, name, server], {
      timeoutMilliseconds: 3_000,
    })
  }
}
