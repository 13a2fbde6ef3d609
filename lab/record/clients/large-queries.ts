import { range } from '../zones/zone-data.js'
import { type Asking, chunks } from './client.js'

/** EDNS option data, bytes. Options allow more, but padding, cookies and client subnets stay below a datagram's 512. */
const OPTION_SIZES: readonly number[] = range(1, 48).map((step) => step * 10)

/** What else stands in such a query: all flags that a client sets. */
const FLAGS: readonly (readonly string[])[] = [
  [],
  ['+noad'],
  ['+norec'],
  ['+dnssec', '+cd'],
  ['+norec', '+noad'],
  ['+nocookie', '+noad', '+cd'],
]

/** Bytes of the token in a TKEY query (RFC 3645): a Kerberos ticket takes 1.3 to 4.5 thousand. */
const TOKEN_SIZES: readonly number[] = range(0, 120).map((step) => 1_300 + step * 27)

/** One key negotiation as GSS-TSIG clients begin it; the server's refusal is an answer too. */
const TKEY_QUERIES = `import sys, dns.message, dns.query, dns.rrset, dns.rdatatype, dns.rdataclass, dns.name
from dns.rdtypes.ANY.TKEY import TKEY
server = sys.argv[1]
for number, size in enumerate(sys.stdin.read().split()):
    name = dns.name.from_text("%d-ms-7.%d.key.example" % (number, int(size)))
    query = dns.message.make_query(name, "TKEY", "ANY", use_edns=(None, 0)[number % 5 == 0])
    if number % 2: query.flags = 0
    data = TKEY(dns.rdataclass.ANY, dns.rdatatype.TKEY, dns.name.from_text("gss-tsig."), 1700000000, 1700086400,
                3, 0, bytes(int(size)), b"")
    query.additional.append(dns.rrset.from_rdata(name, 0, data))
    try: dns.query.tcp(query, server, timeout=1)
    except Exception as error: print(type(error).__name__)
`

/** TCP queries that are long: EDNS options by dig, and the key negotiation of Windows domains (TKEY) by dnspython. */
export async function largeQueries({ stage, namespace, server }: Asking): Promise<void> {
  const questions = OPTION_SIZES.map((size, index) => [
    ...['a2.example', 'A', ...FLAGS[index % FLAGS.length]!],
    `+ednsopt=65001:${'5a'.repeat(size)}`,
  ])
  // A command line holds 128 KiB a word, and 2 MiB in all.
  for (const batch of chunks(questions, 12)) {
    await stage.run(namespace, 'dig', [`@${server}`, '+tcp', '+tries=1', '+time=2', ...batch.flat()])
  }
  const input = [TOKEN_SIZES.join(' ')]
  await stage.run(namespace, 'python3', ['-c', TKEY_QUERIES, server], { input })
}

/** Bytes of an UPDATE message, about: a host's records, a zone's, a list's. */
const UPDATE_SIZES: readonly number[] = [
  ...range(1, 60).map((step) => step * 71),
  ...range(1, 20).map((step) => 4_300 + step * 900),
]

/** UPDATE messages over TCP, from a few hundred bytes to tens of thousands. */
export async function largeUpdates(
  { stage, namespace, server }: Asking,
  sizes: readonly number[] = UPDATE_SIZES,
): Promise<void> {
  for (const [number, size] of sizes.entries()) {
    const width = 40 + (number % 5) * 45
    const count = Math.max(1, Math.round(size / (width + 30)))
    const lines = range(1, count).map(
      (index) => `update add big${number}-${index}.dynamic.example. 60 TXT "${'x'.repeat(width)}"`,
    )
    const prerequisites = range(1, number % 4).map((index) => `prereq nxdomain none${index}.dynamic.example.`)
    const script = [`server ${server}`, 'zone dynamic.example.', ...prerequisites, ...lines, 'send', '']
    await stage.run(namespace, 'nsupdate', ['-v', '-t', '3'], { input: [script.join('\n')] })
  }
}
