import { packageFile } from '../../../core/package-files.js'
import type { Lookup } from '../zones/lookups.js'
import type { Asking } from './client.js'

const NODE_RESOLVER = packageFile('dist/lab/record/clients/node-resolver.js')
/** Types that Node's resolver knows (node:dns, resolve). */
const NODE_TYPES = new Set([
  'A',
  'AAAA',
  'ANY',
  'CAA',
  'CNAME',
  'MX',
  'NAPTR',
  'NS',
  'PTR',
  'SOA',
  'SRV',
  'TXT',
])

/** c-ares, by Node. */
export async function cAres({ stage, namespace, server }: Asking, lookups: readonly Lookup[]): Promise<void> {
  const lines = lookups
    .filter(({ name, type }) => name !== '.' && NODE_TYPES.has(type))
    .map(({ name, type }) => `${name} ${type}\n`)
  await stage.run(namespace, 'node', [NODE_RESOLVER, server], { input: lines })
}

/** Each lookup with other flags, over UDP with a retry over TCP when truncated, and every third over TCP at once. */
const DNSPYTHON = `import sys, dns.flags, dns.message, dns.query
server = sys.argv[1]
for number, line in enumerate(sys.stdin):
    name, kind = line.split()
    query = dns.message.make_query(name, kind, use_edns=(None, 0)[number % 2], want_dnssec=number % 5 == 0)
    if number % 7 == 0: query.flags ^= dns.flags.RD
    if number % 4 == 0: query.flags |= dns.flags.AD
    if number % 9 == 0: query.flags |= dns.flags.CD
    try:
        if number % 3 == 0: dns.query.tcp(query, server, timeout=2)
        else: dns.query.udp_with_fallback(query, server, timeout=1)
    except Exception as error:
        print(name, kind, error)
`

/** dnspython. */
export async function dnspython(
  { stage, namespace, server }: Asking,
  lookups: readonly Lookup[],
): Promise<void> {
  const lines = lookups.map(({ name, type }) => `${name} ${type}\n`)
  await stage.run(namespace, 'python3', ['-c', DNSPYTHON, server], { input: lines })
}
