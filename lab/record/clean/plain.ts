import type { Scenario } from '../scenario.js'
import type { PlainServer } from '../servers/server.js'
import { askBriefly, MIX_PROGRAMS } from './mix.js'

const ADDRESS = '127.0.0.1'

/** A part of the clients' questions to one server of an unsigned zone. */
export function plainScenario(server: PlainServer): Scenario {
  return {
    name: server.name,
    class: 'clean',
    programs: [...server.programs, ...MIX_PROGRAMS],
    async prepare(stage) {
      const namespace = await stage.namespace()
      return {
        captures: [
          {
            file: `clean-${server.name}.pcap`,
            holds: `clients and ${server.name}, authoritative for an unsigned zone`,
            namespace,
            networkInterface: 'lo',
            filter: 'port 53',
          },
        ],
        async traffic() {
          await server.start({ stage, namespace, addresses: [ADDRESS] })
          await askBriefly({ stage, namespace, server: ADDRESS }, { inZoneOnly: !server.refusesForeign })
        },
      }
    },
  }
}
