import type { Scenario } from '../scenario.js'
import { bind, bindCookieResolver, bindForAll, bindResolver } from '../servers/bind.js'
import { dnscache } from '../servers/dnscache.js'
import { dnsdist, dnsdistGuard } from '../servers/dnsdist.js'
import { dnslib } from '../servers/dnslib.js'
import { dnsmasq, dnsmasqPlain } from '../servers/dnsmasq.js'
import { dnss } from '../servers/dnss.js'
import { gdnsd } from '../servers/gdnsd.js'
import { knot } from '../servers/knot.js'
import { knotResolver } from '../servers/knot-resolver.js'
import { netDns } from '../servers/net-dns.js'
import { nsd, nsdStrict } from '../servers/nsd.js'
import { powerDns, powerDnsRecursor } from '../servers/powerdns.js'
import { smartDns } from '../servers/smartdns.js'
import { stubby } from '../servers/stubby.js'
import { tinyDns, tinyDnsLong } from '../servers/tinydns.js'
import { unbound, unboundForAll, unboundForwarder, unboundStrict } from '../servers/unbound.js'
import { yadifa } from '../servers/yadifa.js'
import { authoritativeScenario } from './authoritative.js'
import { CLIENT_SCENARIOS } from './clients.js'
import { longChangesScenario, longRecordsScenario } from './long-messages.js'
import { otherClientScenario } from './other-clients.js'
import { plainScenario } from './plain.js'
import { resolvingScenario } from './resolving.js'
import { TRANSFER_SCENARIOS } from './transfers.js'

/** Everything that a model learns from. */
export const CLEAN_SCENARIOS: readonly Scenario[] = [
  authoritativeScenario(bind),
  authoritativeScenario(knot),
  authoritativeScenario(nsd),
  authoritativeScenario(powerDns),
  resolvingScenario(bindResolver, knot),
  resolvingScenario(unbound, bind),
  resolvingScenario(powerDnsRecursor, nsd),
  resolvingScenario(knotResolver, powerDns),
  resolvingScenario(dnsmasq, bindForAll),
  resolvingScenario(unboundForwarder, bindForAll),
  resolvingScenario(bindCookieResolver, nsd),
  resolvingScenario(dnsdist, bindForAll),
  resolvingScenario(stubby, bindForAll),
  // Each forwarder before a second server, so that what it sends is known without the first.
  resolvingScenario(dnsmasqPlain, knot),
  resolvingScenario(dnsdistGuard, powerDns),
  resolvingScenario(unboundStrict, nsd),
  resolvingScenario({ ...stubby, name: 'stubby-home', asked: 'briefly' }, unboundForAll),
  resolvingScenario({ ...knotResolver, name: 'knot-resolver-home', asked: 'briefly' }, nsd),
  resolvingScenario({ ...powerDnsRecursor, name: 'powerdns-recursor-home', asked: 'briefly' }, knot),
  resolvingScenario(dnscache, yadifa),
  resolvingScenario(smartDns, unboundForAll),
  resolvingScenario(dnss, yadifa),
  authoritativeScenario({ ...yadifa, asked: 'briefly' }),
  authoritativeScenario({ ...unboundForAll, name: 'unbound-zones', asked: 'briefly' }),
  authoritativeScenario(nsdStrict),
  plainScenario(gdnsd),
  plainScenario(tinyDns),
  plainScenario(netDns),
  plainScenario(dnslib),
  longRecordsScenario(tinyDnsLong),
  longChangesScenario(bind),
  longChangesScenario(knot),
  longChangesScenario(powerDns),
  longChangesScenario(nsd),
  ...TRANSFER_SCENARIOS,
  otherClientScenario('delv', knot),
  otherClientScenario('getdns', unboundForAll),
  otherClientScenario('khost', powerDns),
  otherClientScenario('net-dns', knot),
  otherClientScenario('ruby', yadifa),
  otherClientScenario('unbound-host', powerDns),
  otherClientScenario('udns', unboundForAll),
  otherClientScenario('adns', nsd),
  ...CLIENT_SCENARIOS,
]
