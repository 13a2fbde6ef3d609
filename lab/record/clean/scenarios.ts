import type { Scenario } from '../scenario.js'
import { bind, bindCookieResolver, bindForAll, bindResolver } from '../servers/bind.js'
import { dnsdist } from '../servers/dnsdist.js'
import { dnsmasq } from '../servers/dnsmasq.js'
import { knot } from '../servers/knot.js'
import { knotResolver } from '../servers/knot-resolver.js'
import { nsd } from '../servers/nsd.js'
import { powerDns, powerDnsRecursor } from '../servers/powerdns.js'
import { stubby } from '../servers/stubby.js'
import { unbound, unboundForwarder } from '../servers/unbound.js'
import { authoritativeScenario } from './authoritative.js'
import { CLIENT_SCENARIOS } from './clients.js'
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
  ...TRANSFER_SCENARIOS,
  ...CLIENT_SCENARIOS,
]
