import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResolvingServer } from './server.js'

/** dnscache of djbdns, a resolver without EDNS and DNSSEC. */
export const dnscache: ResolvingServer = {
  name: 'dnscache',
  programs: ['dnscache', 'env', 'sh'],
  asked: 'plainly',
  async start({ stage, namespace, addresses }, { upstream }) {
    const folder = join(stage.folder, 'dnscache')
    for (const part of ['', 'ip', 'servers']) await mkdir(join(folder, part))
    await writeFile(join(folder, 'ip/127.0'), '')
    for (const zone of ['@', 'example']) await writeFile(join(folder, 'servers', zone), `${upstream}\n`)
    const variables = [
      `ROOT=${folder}`,
      `IP=${addresses[0]}`,
      'IPSEND=0.0.0.0',
      'UID=0',
      'GID=0',
      'CACHESIZE=1000000',
    ]
    // It reads its random seed from standard input.
    const command = 'exec "$0" < "$1"'
    const seed = await stage.write('seed', 'a seed of any bytes'.repeat(8))
    return stage.start(
      namespace,
      'env',
      [...variables, stage.path('sh'), '-c', command, stage.path('dnscache'), seed],
      /starting/,
    )
  },
}
