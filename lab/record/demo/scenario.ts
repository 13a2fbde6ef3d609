import type { Scenario } from '../scenario.js'
import { LOOKUP_ROUNDS, lookUp, startNameServer } from './lookups.js'
import { buildNetwork, UPLINK } from './office.js'
import { beacon, http, openSsh, openVpn, type Tunnel, text, tls } from './tunnels.js'

/** In this order, a round of lookups before each. */
const TUNNELS: readonly Tunnel[] = [openSsh, tls, http, text, openVpn, beacon]

/** An office's port 53 for some seconds: ordinary lookups, and six things that are not DNS. */
export const demoScenario: Scenario = {
  name: 'demo',
  class: 'attack',
  programs: [
    ...(['named', 'dig', 'host', 'getent'] as const),
    ...(['sshd', 'ssh', 'ssh-keygen', 'openssl', 'python3', 'curl', 'nc', 'openvpn'] as const),
    ...(['sh', 'ethtool'] as const),
  ],
  async prepare(stage) {
    const network = await buildNetwork(stage)
    return {
      captures: [
        {
          file: 'demo.pcap',
          holds: 'everything on port 53 between an office and the outside',
          namespace: network.office,
          networkInterface: UPLINK,
          filter: 'port 53',
        },
      ],
      async traffic() {
        await startNameServer(stage, network)
        for (let round = 0; round < LOOKUP_ROUNDS; round += 1) {
          await lookUp(stage, network, round)
          await TUNNELS[round]?.(stage, network)
        }
      },
    }
  },
}
