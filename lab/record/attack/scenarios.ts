import type { Scenario } from '../scenario.js'
import { attackScenario } from './attack.js'
import { PROXIES } from './proxies.js'
import { SCAN } from './scan.js'
import { SERVICES } from './services.js'
import { SHAPED_SCENARIOS } from './shaped-scenarios.js'
import { SHELLS } from './shells.js'
import { TLS } from './tls.js'
import { DNS_TUNNELS } from './tunnels.js'
import { VPN } from './vpn.js'
import { WEB_AND_MAIL } from './web-and-mail.js'

/** Everything that must not pass for DNS, the longest first, and the tunnels in DNS that will. */
export const ATTACK_SCENARIOS: readonly Scenario[] = [
  ...[...SCAN, ...VPN, ...PROXIES, ...DNS_TUNNELS, ...SERVICES, ...SHELLS, ...TLS, ...WEB_AND_MAIL].map(
    attackScenario,
  ),
  ...SHAPED_SCENARIOS,
]
