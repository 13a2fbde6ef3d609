import type { Scenario } from '../scenario.js'
import type { AuthoritativeServer } from '../servers/server.js'
import { SIGNING_PROGRAMS, signZones } from '../zones/signing.js'
import { askBriefly, askEverything, changeEverything, MIX_PROGRAMS } from './mix.js'

const ADDRESS = '127.0.0.1'
const ADDRESS6 = '::1'

/** All clients against one authoritative server. */
export function authoritativeScenario(server: AuthoritativeServer): Scenario {
  return {
    name: server.name,
    class: 'clean',
    programs: [...server.programs, ...SIGNING_PROGRAMS, ...MIX_PROGRAMS],
    async prepare(stage) {
      const namespace = await stage.namespace()
      const set = await signZones(stage, ADDRESS)
      // Without the root, so that foreign names are refused, as authoritative servers do.
      const zones = set.zones.filter(({ origin }) => origin !== '.')
      const capture = { namespace, networkInterface: 'lo', filter: 'port 53' }
      return {
        captures: [
          {
            ...capture,
            file: `clean-${server.name}.pcap`,
            holds: `all clients and ${server.name}, authoritative`,
          },
        ],
        async traffic() {
          const place = { stage, namespace, addresses: [ADDRESS, ADDRESS6] }
          const program = await server.start(place, zones)
          const asking = { stage, namespace, server: ADDRESS }
          if (server.asked === 'briefly') {
            return askBriefly(asking, { foreignZone: !server.breaksForeignUpdates })
          }
          await changeEverything(asking)
          await askEverything(asking, ADDRESS6, program)
        },
      }
    },
  }
}
