import type { ProgramName } from '../programs.js'
import type { Lookup } from '../zones/lookups.js'
import { type Asking, chunks } from './client.js'

/** Looks up `name type` lines of standard input with Net::DNS, with other flags each, every third over TCP. */
const NET_DNS = `use Net::DNS;
my $number = 0;
while (<STDIN>) {
  my ($name, $type) = split;
  my $resolver = Net::DNS::Resolver->new(nameservers => [$ARGV[0]], udp_timeout => 1, tcp_timeout => 1, retry => 1,
    usevc => $number % 3 == 0, recurse => $number % 5 != 0, dnssec => $number % 4 == 0);
  $resolver->cdflag(1) if $number % 7 == 0;
  $resolver->adflag(1) if $number % 6 == 0;
  $resolver->send($name, $type);
  $number++;
}
`

/** Ruby's own resolver, as every Ruby program has it. */
const RUBY = `require 'resolv'
Resolv::DNS.open(nameserver: [ARGV[0]]) do |dns|
  dns.timeouts = 1
  STDIN.each_line { |line| name, type = line.split
    begin; dns.getresources(name, Resolv::DNS::Resource::IN.const_get(type)); rescue StandardError; end }
end
`

const RUBY_TYPES = new Set(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'])

/** Clients that look up one name a run, by how each is told name, type and server. */
const SINGLE: Readonly<
  Partial<Record<ProgramName, (lookup: Lookup, server: string, number: number) => string[]>>
> = {
  delv: ({ name, type }, server, number) => [
    `@${server}`,
    ...['-i', `${name}.`, type, ...DELV_OPTIONS[number % DELV_OPTIONS.length]!],
  ],
  getdns_query: ({ name, type }, server, number) => [
    `@${server}`,
    ...['-s', '-t', '1500', ...GETDNS_OPTIONS[number % GETDNS_OPTIONS.length]!, `${name}.`, type],
  ],
  khost: ({ name, type }, server, number) => [
    ...(number % 3 ? [] : ['-T']),
    ...['-W', '1', '-t', type, `${name}.`, server],
  ],
  'unbound-host': ({ name, type }, _server, number) => [
    ...(number % 2 ? ['-v'] : []),
    '-r',
    '-t',
    type,
    `${name}.`,
  ],
  dnsget: ({ name, type }, server) => ['-n', server, '-t', type, '-o', 'timeout:1', `${name}.`],
  adnshost: ({ name }, _server, number) => [...(number % 3 ? [] : ['-u']), '-ta', name],
}

const DELV_OPTIONS: readonly (readonly string[])[] = [
  [],
  ['+tcp'],
  ['+cdflag'],
  ['+nodnssec'],
  ['+noroot', '+tcp'],
]
const GETDNS_OPTIONS: readonly (readonly string[])[] = [
  [],
  ['-T'],
  ['+dnssec'],
  ['-b', '4096'],
  ['-d', '-T'],
  ['-c'],
]

export type OtherClient = 'net-dns' | 'ruby' | 'delv' | 'getdns' | 'khost' | 'unbound-host' | 'udns' | 'adns'

/** What each runs. */
export const OTHER_CLIENTS: Readonly<Record<OtherClient, readonly ProgramName[]>> = {
  'net-dns': ['perl', 'libnet-dns-perl'],
  ruby: ['ruby'],
  delv: ['delv'],
  getdns: ['getdns_query'],
  khost: ['khost'],
  'unbound-host': ['unbound-host'],
  udns: ['dnsget'],
  adns: ['adnshost'],
}

/** Lookups by one of these clients. */
export async function askBy(client: OtherClient, asking: Asking, lookups: readonly Lookup[]): Promise<void> {
  const { stage, namespace, server } = asking
  const asked = lookups.filter(({ name }) => name !== '.')
  const program = OTHER_CLIENTS[client][0]!
  await namespace.writeResolvConf(`nameserver ${server}\noptions timeout:1 attempts:1\n`)
  if (client === 'net-dns' || client === 'ruby') {
    const usable = client === 'ruby' ? asked.filter(({ type }) => RUBY_TYPES.has(type)) : asked
    const code = client === 'ruby' ? RUBY : NET_DNS
    for (const batch of chunks(usable, 60)) {
      const input = batch.map(({ name, type }) => `${name} ${type}\n`)
      await stage.run(namespace, program, ['-e', code, server], { input })
    }
    return
  }
  const words = SINGLE[program]!
  for (const [number, lookup] of asked.entries()) {
    await stage.run(namespace, program, words(lookup, server, number), { timeoutMilliseconds: 4_000 })
  }
}
