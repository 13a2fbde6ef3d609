/** Zone data that makes servers answer in every shape that an answer's header and length can have. */

/** Numbers of records that one name has: every count that is common, then steps up to what BIND allows. */
export const RECORD_COUNTS = [...range(1, 40), 45, 50, 55, 60, 70, 80, 90, 100] as const

/** TXT sizes, bytes: steps through what fits a datagram, then what only TCP carries. */
export const TEXT_SIZES = [
  ...range(1, 110).map((step) => step * 37),
  ...[5_000, 6_500, 8_000, 10_000, 12_000, 14_000, 16_000, 20_000, 24_000, 28_000, 32_000, 40_000, 48_000],
  ...[56_000, 63_000],
] as const

/** CNAMEs before the address, by name `chain<n>`. */
export const CHAIN_LENGTHS = range(1, 8)

/** Wire length of the shortest and longest name under the wildcard `*.len.example`, bytes. */
export const NAME_LENGTHS = { shortest: 17, longest: 250 } as const

/** Names that nothing answers for: delegated to where no server is, to a server without the zone, or with a false DS. */
export const BROKEN_NAMES = ['www.broken.example', 'www.lame.example', 'www.bogus.example'] as const

/** One of each type beyond addresses. */
export const TYPED_RECORDS: readonly (readonly [name: string, type: string, data: string])[] = [
  ['mail', 'MX', '10 a1'],
  ['_sip._udp', 'SRV', '0 5 5060 a2'],
  ['web', 'HTTPS', '1 . alpn="h2,h3" ipv4hint=203.0.113.1'],
  ['_dns', 'SVCB', '1 a1 alpn="dot"'],
  ['policy', 'CAA', '0 issue "ca.example"'],
  ['number', 'NAPTR', '100 10 "u" "E2U+sip" "!^.*$!sip:info@example!" .'],
  ['shell', 'SSHFP', '4 2 2a1b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809'],
  ['_443._tcp', 'TLSA', '3 1 1 2a1b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809'],
  ['place', 'LOC', '52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m'],
  ['machine', 'HINFO', '"x86-64" "Linux"'],
  ['link', 'URI', '10 1 "https://www.example/"'],
  ['person', 'RP', 'hostmaster a1'],
]

const HEAD = (serial: number) =>
  `$TTL 300\n@ IN SOA ns.example. hostmaster.example. ${serial} 60 30 86400 60\n@ IN NS ns.example.\n`

/** A client's address that resolvers with an access list are told to refuse. */
export const REFUSED_CLIENT = '127.0.0.66'

/** A zone: origin with final dot, and its text; no text for a zone that is configured but cannot be loaded. */
export interface Zone {
  origin: string
  text: string | undefined
  signed: boolean
}

/** @param nameServer IPv4 address of the one server for all zones */
export function makeZones(nameServer: string): Zone[] {
  return [
    { origin: 'bogus.example.', text: `${HEAD(1)}www A 203.0.113.7\n`, signed: true },
    { origin: 'child.example.', text: `${HEAD(1)}www A 203.0.113.8\n*.wild TXT "any"\n`, signed: false },
    { origin: 'dynamic.example.', text: `${HEAD(1)}www A 203.0.113.9\n`, signed: false },
    { origin: 'unloaded.example.', text: undefined, signed: false },
    { origin: 'example.', text: exampleZone(nameServer), signed: true },
    { origin: '.', text: `${HEAD(1)}example. NS ns.example.\nns.example. A ${nameServer}\n`, signed: true },
  ]
}

/** Root hints that lead to the one server. */
export function rootHints(nameServer: string): string {
  return `. 3600000 NS ns.example.\nns.example. 3600000 A ${nameServer}\n`
}

function exampleZone(nameServer: string): string {
  const lines = [HEAD(1), `ns A ${nameServer}`, 'empty TXT "no address here"', '*.len A 203.0.113.250']
  for (const count of RECORD_COUNTS) {
    for (const index of range(1, count)) {
      lines.push(`a${count} A 203.0.113.${index}`, `t${count} TXT "record ${index}"`)
      if (count <= 30) lines.push(`aaaa${count} AAAA 2001:db8::${index.toString(16)}`)
      if (count <= 13)
        lines.push(`mx${count} MX ${index} a${index}`, `srv${count} SRV ${index} 1 80 a${index}`)
    }
  }
  for (const size of TEXT_SIZES) lines.push(`size${size} TXT ${textOfSize(size)}`)
  for (const length of CHAIN_LENGTHS)
    lines.push(`chain${length} CNAME ${length > 1 ? `chain${length - 1}` : 'a3'}`)
  for (const [name, type, data] of TYPED_RECORDS) lines.push(`${name} ${type} ${data}`)
  lines.push(
    'dangling CNAME nothing',
    'outside CNAME www.elsewhere.test.',
    'old DNAME new',
    'host.new A 203.0.113.6',
  )
  for (const child of ['child', 'dynamic', 'unloaded', 'bogus']) lines.push(`${child} NS ns`)
  lines.push('bogus DS 12345 13 2 2a1b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809')
  // No route leads to TEST-NET-2, so that a resolver knows at once that it cannot ask there.
  lines.push('lame NS ns', 'broken NS ns.broken', 'ns.broken A 198.51.100.99')
  for (const index of range(1, 6)) lines.push(`far NS ns${index}.far`, `ns${index}.far A ${nameServer}`)
  return `${lines.join('\n')}\n`
}

/** TXT data of so many bytes in the message, in strings of at most 255 characters with a length byte each. */
function textOfSize(bytes: number): string {
  const strings: string[] = []
  for (let left = bytes; left > 0; left -= 256) strings.push(`"${'x'.repeat(Math.min(left, 256) - 1)}"`)
  return `( ${strings.join('\n ')} )`
}

/** Whole numbers from first to last. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
