import { plainRecords, plainZone } from '../zones/plain-zone.js'
import type { PlainServer } from './server.js'

const TYPES = ['SOA', 'NS', 'A', 'AAAA', 'CNAME', 'MX', 'SRV', 'TXT'] as const

/** The module's own server with its own answers from a zone file. */
const PROGRAM = `use Net::DNS::Nameserver;
my ($file, @addresses) = @ARGV;
my $server = Net::DNS::Nameserver->new(LocalAddr => [@addresses], LocalPort => 53, ZoneFile => $file) or die;
$| = 1;
print "serving\\n";
$server->main_loop;
`

/** Perl's Net::DNS::Nameserver: no EDNS of its own, cuts answers to fit a datagram. */
export const netDns: PlainServer = {
  name: 'net-dns',
  programs: ['perl', 'libnet-dns-perl'],
  refusesForeign: true,
  async start({ stage, namespace, addresses }) {
    const zone = await stage.write('plain.zone', plainZone(plainRecords(addresses[0]!, TYPES)))
    return stage.start(namespace, 'perl', ['-e', PROGRAM, zone, ...addresses], /serving/)
  },
}
