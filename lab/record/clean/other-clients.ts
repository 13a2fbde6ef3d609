import { askBy, OTHER_CLIENTS, type OtherClient } from '../clients/other-clients.js'
import type { Scenario } from '../scenario.js'
import type { AuthoritativeServer } from '../servers/server.js'
import { countLookups, every, lengthLookups, plainLookups, sizeLookups } from '../zones/lookups.js'
import { SIGNING_PROGRAMS, signZones } from '../zones/signing.js'

const ADDRESS = '127.0.0.1'

const LOOKUPS = [
  ...every(countLookups(), 6),
  ...every(lengthLookups(), 12),
  ...every(sizeLookups(), 12),
  ...every(plainLookups(), 2),
]

/** Clients that are asked for less, one at a time, each against another server than BIND. */
export function otherClientScenario(client: OtherClient, server: AuthoritativeServer): Scenario {
  return {
    name: `client-${client}`,
    class: 'clean',
    programs: [...OTHER_CLIENTS[client], ...server.programs, ...SIGNING_PROGRAMS],
    async prepare(stage) {
      const namespace = await stage.namespace()
      const { zones } = await signZones(stage, ADDRESS)
      return {
        captures: [
          {
            file: `clean-client-${client}.pcap`,
            holds: `${client} and ${server.name}`,
            namespace,
            networkInterface: 'lo',
            filter: 'port 53',
          },
        ],
        async traffic() {
          await server.start({ stage, namespace, addresses: [ADDRESS] }, zones)
          await askBy(client, { stage, namespace, server: ADDRESS }, LOOKUPS)
        },
      }
    },
  }
}
