import { digRefused } from '../clients/dig.js'
import type { Scenario } from '../scenario.js'
import type { AuthoritativeServer, ResolvingServer } from '../servers/server.js'
import { countLookups, every } from '../zones/lookups.js'
import { SIGNING_PROGRAMS, signZones } from '../zones/signing.js'
import { askBriefly, askEverything, askPlainly, MIX_PROGRAMS } from './mix.js'

const ADDRESS = '127.0.0.1'
const ADDRESS6 = '::1'
const UPSTREAM = '127.0.0.2'

/** All clients against one resolver, and what the resolver asks the server behind it, in a capture of its own. */
export function resolvingScenario(resolver: ResolvingServer, upstream: AuthoritativeServer): Scenario {
  return {
    name: `${resolver.name}-to-${upstream.name}`,
    class: 'clean',
    programs: [...resolver.programs, ...upstream.programs, ...SIGNING_PROGRAMS, ...MIX_PROGRAMS],
    async prepare(stage) {
      const namespace = await stage.namespace()
      // BIND listens only on addresses that an interface has by name.
      await namespace.ip('address', 'add', `${UPSTREAM}/8`, 'dev', 'lo')
      const { zones, hints, anchor } = await signZones(stage, UPSTREAM)
      const capture = { namespace, networkInterface: 'lo' }
      return {
        captures: [
          {
            ...capture,
            file: `clean-${resolver.name}.pcap`,
            holds: `all clients and ${resolver.name}`,
            filter: `port 53 and not host ${UPSTREAM}`,
          },
          {
            ...capture,
            file: `clean-${resolver.name}-to-${upstream.name}.pcap`,
            holds: `${resolver.name} asking ${upstream.name}`,
            filter: `port 53 and host ${UPSTREAM}`,
          },
        ],
        async traffic() {
          await upstream.start({ stage, namespace, addresses: [UPSTREAM] }, zones)
          const addresses = resolver.asked ? [ADDRESS] : [ADDRESS, ADDRESS6]
          const place = { stage, namespace, addresses }
          const program = await resolver.start(place, { hints, upstream: UPSTREAM, anchor })
          const asking = { stage, namespace, server: ADDRESS }
          if (resolver.asked === 'plainly') await askPlainly(asking)
          else if (resolver.asked === 'briefly') await askBriefly(asking)
          else await askEverything(asking, ADDRESS6, program)
          if (resolver.refuses) await digRefused(asking, every(countLookups(), 5))
        },
      }
    },
  }
}
