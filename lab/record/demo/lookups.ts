import type { Stage } from '../stage.js'
import { INTERNET, type Network, OFFICE } from './office.js'

const ZONE = `$TTL 300
@ SOA ns hostmaster 2026010101 7200 900 1209600 300
@ NS ns
@ MX 10 mail
@ MX 20 mail2
@ TXT "v=spf1 mx -all"
@ CAA 0 issue "ca.example"
ns A ${INTERNET.dns}
ns AAAA ${INTERNET.dns6}
mail A 198.51.100.25
mail2 A 198.51.100.26
mail AAAA 2001:db8:2::25
intranet A 198.51.100.10
intranet AAAA 2001:db8:2::10
www CNAME web
web CNAME edge.cdn
edge.cdn A 198.51.100.11
edge.cdn A 198.51.100.12
edge.cdn A 198.51.100.13
edge.cdn AAAA 2001:db8:2::11
files A 198.51.100.14
printer A 192.0.2.13
time A 198.51.100.15
time A 198.51.100.16
_sip._tcp SRV 10 60 5060 voice
voice A 198.51.100.17
selector._domainkey TXT ( "v=DKIM1; k=rsa; p=${'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'.repeat(7)}"
  "${'MIIBCgKCAQEAn2Pq7sVyVQ0mYv3kK9uT'.repeat(7)}" "${'c1nZ8fJw4mTe6rXaQb5dLgYh2sUoPiKv'.repeat(5)}" )
`

const CONFIGURATION = (folder: string) => `options {
  directory "${folder}";
  pid-file none;
  session-keyfile "${folder}/session.key";
  listen-on port 53 { ${INTERNET.dns}; };
  listen-on-v6 port 53 { ${INTERNET.dns6}; };
  recursion yes;
  allow-recursion { any; };
  dnssec-validation no;
};
controls { };
zone "." { type primary; file "${folder}/root.zone"; };
zone "office.example" { type primary; file "${folder}/office.zone"; };
zone "2.0.192.in-addr.arpa" { type primary; file "${folder}/reverse.zone"; };
`

const SOA = '$TTL 300\n@ SOA ns.office.example. hostmaster.office.example. 1 7200 900 1209600 300\n'

/** Rounds of lookups between which the demo's other traffic runs; each line is one lookup in dig's words. */
const ROUNDS: readonly (readonly string[])[] = [
  [
    'intranet.office.example A',
    'intranet.office.example AAAA',
    'www.office.example A',
    'www.office.example AAAA',
    'time.office.example A',
    'files.office.example A',
  ],
  [
    'office.example MX',
    'mail.office.example A',
    'mail.office.example AAAA',
    'office.example TXT',
    'selector._domainkey.office.example TXT +bufsize=512',
    'mail2.office.example A +tcp',
  ],
  [
    'typo.office.example A',
    'typo.office.example AAAA',
    'wpad.office.example A',
    'printer.office.example AAAA',
    '-x 192.0.2.13',
    '-x 192.0.2.77',
  ],
  [
    '_sip._tcp.office.example SRV',
    'voice.office.example A +noedns',
    'office.example CAA',
    'office.example NS +tcp',
    'office.example SOA +tcp',
    'intranet.office.example HTTPS',
  ],
  ['files.office.example A +cd', 'www.office.example A +dnssec', 'time.office.example A +noedns +tcp'],
  [
    'intranet.office.example A',
    'nosuchname.example A',
    'office.example ANY +tcp',
    'mail.office.example AAAA',
  ],
]

/** How many rounds there are. */
export const LOOKUP_ROUNDS = ROUNDS.length

/** Starts BIND as the office's name server. */
export async function startNameServer(stage: Stage, network: Network): Promise<void> {
  await stage.write('root.zone', `${SOA}@ NS ns.office.example.\n`)
  await stage.write('reverse.zone', `${SOA}@ NS ns.office.example.\n13 PTR printer.office.example.\n`)
  await stage.write('office.zone', ZONE)
  const file = await stage.write('named.conf', CONFIGURATION(stage.folder))
  await stage.start(network.internet, 'named', ['-g', '-n', '1', '-c', file], /\brunning\b/)
  await network.office.writeResolvConf(`nameserver ${INTERNET.dns}\nsearch office.example\n`)
}

/** Looks up one round's names with dig, and a few with the C library's resolver. */
export async function lookUp(stage: Stage, network: Network, round: number): Promise<void> {
  const client = OFFICE.clients[round % OFFICE.clients.length]!
  const lookups = ROUNDS[round]!.flatMap((line) => line.split(' '))
  await stage.run(network.office, 'dig', ['-b', client, `@${INTERNET.dns}`, ...lookups])
  await stage.run(network.office, 'getent', ['ahosts', 'intranet'])
  if (round === 0) await stage.run(network.office, 'host', ['-t', 'MX', 'office.example', INTERNET.dns])
  if (round === 1) {
    const addressed = ['-b', OFFICE.client6, `@${INTERNET.dns6}`]
    await stage.run(network.office, 'dig', [...addressed, 'www.office.example', 'AAAA'])
    await stage.run(network.office, 'dig', [...addressed, '+tcp', 'office.example', 'MX'])
  }
}
