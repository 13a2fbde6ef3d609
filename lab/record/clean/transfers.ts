import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProgram } from '../process.js'
import type { ProgramName } from '../programs.js'
import type { Scenario } from '../scenario.js'
import { startNamed } from '../servers/bind.js'
import { startKnot } from '../servers/knot.js'
import { startNsd } from '../servers/nsd.js'
import type { ServerPlace } from '../servers/server.js'
import { SIGNING_PROGRAMS, signZones, type ZoneFile } from '../zones/signing.js'
import { range } from '../zones/zone-data.js'

const PRIMARY = '127.0.0.2'
const SECONDARIES = { knot: '127.0.0.3', nsd: '127.0.0.4', bind: '127.0.0.5' } as const
/** Records of each update that the secondaries are then told of. */
const UPDATES = [1, 2, 3, 1, 5, 8, 1, 20, 40, 1, 2, 80]
/** Time for NOTIFY, SOA query and transfer of one update. */
const UPDATE_MILLISECONDS = 600

interface Primary {
  name: string
  programs: readonly ProgramName[]
  start(place: ServerPlace, zones: readonly ZoneFile[]): Promise<RunningProgram>
}

const bindPrimary: Primary = {
  name: 'bind',
  programs: ['named'],
  start(place, zones) {
    const notified = Object.values(SECONDARIES)
      .map((address) => `${address};`)
      .join(' ')
    const options = ['recursion no', 'dnssec-validation no', `notify-source ${PRIMARY}`, 'notify-delay 0']
    const statements = zones.map(
      ({ origin, file }) =>
        `zone "${origin}" { type primary; file "${file}"; notify explicit; also-notify { ${notified} };
  ${origin === 'dynamic.example.' ? 'allow-update { any; };' : ''} };`,
    )
    return startNamed(place, [...options, 'startup-notify-rate 100'], statements)
  },
}

const knotPrimary: Primary = {
  name: 'knot',
  programs: ['knotd'],
  start(place, zones) {
    const remotes = Object.entries(SECONDARIES).map(
      ([name, address]) => `  - id: ${name}\n    address: "${address}@53"\n    via: "${PRIMARY}"`,
    )
    return startKnot(
      place,
      `remote:\n${remotes.join('\n')}`,
      zones.map(
        ({ origin, file }) =>
          `  - domain: "${origin}"\n    file: "${file}"\n    acl: all\n    notify: [ ${Object.keys(SECONDARIES).join(', ')} ]`,
      ),
    )
  },
}

/** A primary that tells secondaries of three kinds about each change (RFC 1996), and their transfers (RFC 1995, 5936). */
function transferScenario(primary: Primary): Scenario {
  return {
    name: `${primary.name}-transfers`,
    class: 'clean',
    programs: [
      ...new Set<ProgramName>([
        ...primary.programs,
        'named',
        'knotd',
        'nsd',
        'nsupdate',
        ...SIGNING_PROGRAMS,
      ]),
    ],
    async prepare(stage) {
      const namespace = await stage.namespace()
      for (const address of [PRIMARY, ...Object.values(SECONDARIES)]) {
        await namespace.ip('address', 'add', `${address}/8`, 'dev', 'lo')
      }
      const set = await signZones(stage, PRIMARY)
      const zones = set.zones.filter(({ origin }) => origin !== 'unloaded.example.')
      return {
        captures: [
          {
            file: `clean-${primary.name}-transfers.pcap`,
            holds: `${primary.name} as primary, with Knot, NSD and BIND as secondaries`,
            namespace,
            networkInterface: 'lo',
            filter: 'port 53',
          },
        ],
        async traffic() {
          const place = (address: string) => ({ stage, namespace, addresses: [address] })
          await primary.start(place(PRIMARY), zones)
          await startSecondaries(place, zones)
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

async function startSecondaries(
  place: (address: string) => ServerPlace,
  zones: readonly ZoneFile[],
): Promise<void> {
  const origins = zones.map(({ origin }) => origin)
  await startKnot(
    place(SECONDARIES.knot),
    `remote:\n  - id: primary\n    address: "${PRIMARY}@53"\n    via: "${SECONDARIES.knot}"`,
    origins.map((origin) => `  - domain: "${origin}"\n    master: primary\n    acl: all`),
  )
  const nsdPlace = place(SECONDARIES.nsd)
  await startNsd(
    nsdPlace,
    origins.map((origin, index) => {
      const file = join(nsdPlace.stage.folder, `nsd-secondary-${index}`)
      const via = `outgoing-interface: ${SECONDARIES.nsd}`
      // The first zone is asked for over UDP, the others over TCP.
      const request = `request-xfr: ${index === 0 ? 'UDP ' : ''}${PRIMARY} NOKEY`
      return `  name: "${origin}"\n  zonefile: "${file}"\n  allow-notify: ${PRIMARY} NOKEY\n  ${request}\n  ${via}`
    }),
  )
  await startNamed(
    place(SECONDARIES.bind),
    ['recursion no', 'dnssec-validation no', `transfer-source ${SECONDARIES.bind}`, 'notify no'],
    origins.map(
      (origin, index) =>
        `zone "${origin}" { type secondary; primaries { ${PRIMARY}; }; file "bind-secondary-${index}"; };`,
    ),
  )
}

export const TRANSFER_SCENARIOS: readonly Scenario[] = [
  transferScenario(bindPrimary),
  transferScenario(knotPrimary),
]
