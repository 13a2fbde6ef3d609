import { digOverTcp, digOverUdp, digTransfers } from '../clients/dig.js'
import { largeQueries, largeUpdates } from '../clients/large-queries.js'
import type { ProgramName } from '../programs.js'
import type { Scenario } from '../scenario.js'
import type { AuthoritativeServer, PlainServer } from '../servers/server.js'
import { sizeLookups } from '../zones/lookups.js'
import { SIGNING_PROGRAMS, signZones } from '../zones/signing.js'
import { range } from '../zones/zone-data.js'

const ADDRESS = '127.0.0.1'
const CAPTURE = { networkInterface: 'lo', filter: 'port 53' }
const CHANGE_PROGRAMS: readonly ProgramName[] = ['dig', 'nsupdate', 'python3', 'dnspython']

/** UPDATE messages, bytes: closer steps than every server is asked in, up to a zone's worth of records. */
const UPDATE_SIZES: readonly number[] = range(1, 150).map((step) => step * 150 + (step % 7) * 11)

/** Long questions and changes of many lengths to one server, so that no length is known from one server alone. */
export function longChangesScenario(server: AuthoritativeServer): Scenario {
  const name = `changes-${server.name}`
  return {
    name,
    class: 'clean',
    programs: [...server.programs, ...SIGNING_PROGRAMS, ...CHANGE_PROGRAMS],
    async prepare(stage) {
      const namespace = await stage.namespace()
      const { zones } = await signZones(stage, ADDRESS)
      return {
        captures: [
          {
            ...CAPTURE,
            namespace,
            file: `clean-${name}.pcap`,
            holds: `long questions and changes to ${server.name}`,
          },
        ],
        async traffic() {
          const served = zones.filter(({ origin }) => origin !== '.')
          await server.start({ stage, namespace, addresses: [ADDRESS] }, served)
          const asking = { stage, namespace, server: ADDRESS }
          await largeQueries(asking)
          await largeUpdates(asking, UPDATE_SIZES)
        },
      }
    },
  }
}

/** Long records of an unsigned zone, by answer and by transfer. */
export function longRecordsScenario(server: PlainServer): Scenario {
  return {
    name: server.name,
    class: 'clean',
    programs: [...server.programs, 'dig'],
    async prepare(stage) {
      const namespace = await stage.namespace()
      return {
        captures: [
          {
            ...CAPTURE,
            namespace,
            file: `clean-${server.name}.pcap`,
            holds: `long records of ${server.name}`,
          },
        ],
        async traffic() {
          await server.start({ stage, namespace, addresses: [ADDRESS] })
          const asking = { stage, namespace, server: ADDRESS }
          await digOverUdp(asking, sizeLookups())
          await digOverTcp(asking, sizeLookups())
          await digTransfers(asking, ['example'])
        },
      }
    },
  }
}
