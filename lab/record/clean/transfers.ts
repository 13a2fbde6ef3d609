import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProgram } from '../process.js'
import type { ProgramName } from '../programs.js'
import type { Scenario } from '../scenario.js'
import { startNamed } from '../servers/bind.js'
import { startKnot } from '../servers/knot.js'
import { startNsd } from '../servers/nsd.js'
import type { ServerPlace } from '../servers/server.js'
import { nameOf, startYadifa } from '../servers/yadifa.js'
import { SIGNING_PROGRAMS, signZones, type ZoneFile } from '../zones/signing.js'
import { range } from '../zones/zone-data.js'

const PRIMARY = '127.0.0.2'
const SECONDARY = '127.0.0.3'
/** Records of each update that the secondary is then told of. */
const UPDATES = [1, 2, 3, 1, 5, 8, 1, 20, 40, 1, 2, 80]
/** Time for NOTIFY, SOA query and transfer of one update. */
const UPDATE_MILLISECONDS = 600

/** A server in one of the two roles. */
interface Part {
  name: string
  program: ProgramName
  start(place: ServerPlace, zones: readonly ZoneFile[]): Promise<RunningProgram>
}

const PRIMARIES: readonly Part[] = [
  {
    name: 'bind',
    program: 'named',
    start(place, zones) {
      const options = ['recursion no', 'dnssec-validation no', `notify-source ${PRIMARY}`, 'notify-delay 0']
      const statements = zones.map(
        ({ origin, file }) =>
          `zone "${origin}" { type primary; file "${file}"; notify explicit; also-notify { ${SECONDARY}; };
  ${origin === 'dynamic.example.' ? 'allow-update { any; };' : ''} };`,
      )
      return startNamed(place, [...options, 'startup-notify-rate 100'], statements)
    },
  },
  {
    name: 'knot',
    program: 'knotd',
    start: (place, zones) =>
      startKnot(
        place,
        `remote:\n  - id: secondary\n    address: "${SECONDARY}@53"\n    via: "${PRIMARY}"`,
        zones.map(
          ({ origin, file }) =>
            `  - domain: "${origin}"\n    file: "${file}"\n    acl: all\n    notify: secondary`,
        ),
      ),
  },
  {
    name: 'yadifa',
    program: 'yadifad',
    start: (place, zones) =>
      startYadifa(
        place,
        // It knows not all types of the signed zones.
        zones
          .filter(({ signed }) => !signed)
          .map(
            ({ origin, file }) => `  type primary
  domain ${nameOf(origin)}
  file ${file}
  allow-update ${origin === 'dynamic.example.' ? 'any' : 'none'}
  also-notify ${SECONDARY}`,
          ),
      ),
  },
]

const SECONDARIES: readonly Part[] = [
  {
    name: 'bind',
    program: 'named',
    start: (place, zones) =>
      startNamed(
        place,
        ['recursion no', 'dnssec-validation no', `transfer-source ${SECONDARY}`, 'notify no'],
        zones.map(
          ({ origin }, index) =>
            `zone "${origin}" { type secondary; primaries { ${PRIMARY}; }; file "secondary-${index}"; };`,
        ),
      ),
  },
  {
    name: 'knot',
    program: 'knotd',
    start: (place, zones) =>
      startKnot(
        place,
        `remote:\n  - id: primary\n    address: "${PRIMARY}@53"\n    via: "${SECONDARY}"`,
        zones.map(({ origin }) => `  - domain: "${origin}"\n    master: primary\n    acl: all`),
      ),
  },
  {
    name: 'nsd',
    program: 'nsd',
    start: (place, zones) =>
      startNsd(
        place,
        zones.map(({ origin }, index) => {
          const file = join(place.stage.folder, `secondary-${index}`)
          const via = `outgoing-interface: ${SECONDARY}`
          // The first zone is asked for over UDP, the others over TCP.
          const request = `request-xfr: ${index === 0 ? 'UDP ' : ''}${PRIMARY} NOKEY`
          return `  name: "${origin}"\n  zonefile: "${file}"\n  allow-notify: ${PRIMARY} NOKEY\n  ${request}\n  ${via}`
        }),
      ),
  },
  {
    name: 'yadifa',
    program: 'yadifad',
    start: (place, zones) =>
      startYadifa(
        place,
        zones
          .filter(({ signed }) => !signed)
          .map(({ origin }) => `  type secondary\n  domain ${nameOf(origin)}\n  primary ${PRIMARY}`),
      ),
  },
]

/**
 * A primary that tells a secondary about each change (RFC 1996), and the transfers (RFC 1995, 5936). One pair a
 * capture, so that one server can be left out and the others' messages stay.
 */
function transferScenario(primary: Part, secondary: Part): Scenario {
  const name = `transfers-${primary.name}-to-${secondary.name}`
  return {
    name,
    class: 'clean',
    programs: [...new Set([primary.program, secondary.program, 'nsupdate', ...SIGNING_PROGRAMS] as const)],
    async prepare(stage) {
      const namespace = await stage.namespace()
      for (const address of [PRIMARY, SECONDARY]) {
        await namespace.ip('address', 'add', `${address}/8`, 'dev', 'lo')
      }
      const set = await signZones(stage, PRIMARY)
      const zones = set.zones.filter(({ origin }) => origin !== 'unloaded.example.')
      return {
        captures: [
          {
            file: `clean-${name}.pcap`,
            holds: `${primary.name} as primary, ${secondary.name} as secondary`,
            namespace,
            networkInterface: 'lo',
            filter: 'port 53',
          },
        ],
        async traffic() {
          await primary.start({ stage, namespace, addresses: [PRIMARY] }, zones)
          await secondary.start({ stage, namespace, addresses: [SECONDARY] }, zones)
          for (const [number, count] of UPDATES.entries()) {
            const lines = range(1, count).map(
              (index) => `update add u${number}-${index}.dynamic.example. 60 TXT "${'x'.repeat(index)}"`,
            )
            const script = [`server ${PRIMARY}`, 'zone dynamic.example.', ...lines, 'send', ''].join('\n')
            await stage.run(namespace, 'nsupdate', ['-t', '3'], { input: [script] })
            await delay(UPDATE_MILLISECONDS)
          }
        },
      }
    },
  }
}

export const TRANSFER_SCENARIOS: readonly Scenario[] = PRIMARIES.flatMap((primary) =>
  SECONDARIES.map((secondary) => transferScenario(primary, secondary)),
)
