import { FirsteightError } from '../../../core/errors.js'
import { packageFile } from '../../../core/package-files.js'
import type { Namespace } from '../namespace.js'
import type { Scenario } from '../scenario.js'
import { bindForAll } from '../servers/bind.js'
import type { Stage } from '../stage.js'
import { plainLookups } from '../zones/lookups.js'
import { SIGNING_PROGRAMS, signZones } from '../zones/signing.js'
import { type Exchange, SHAPES, type Shape } from './shaped.js'

const EXCHANGE = packageFile('dist/lab/record/attack/exchange.js')
const ADDRESS = '127.0.0.1'
/** BIND behind the tunnel; not captured. */
const UPSTREAM = '127.0.0.2'

/** Traffic of no program: made by the recorder's own sender. */
export const SHAPED_SCENARIOS: readonly Scenario[] = [...SHAPES.map(shapedScenario), dnsFirstScenario()]

function shapedScenario(shape: Shape): Scenario {
  return {
    name: shape.name,
    class: 'attack',
    programs: ['node'],
    async prepare(stage) {
      const namespace = await stage.namespace()
      const file = `attack-${shape.name}.pcap`
      const holds = `${shape.holds}; made by the recorder's own sender`
      return {
        captures: [{ file, holds, namespace, networkInterface: 'lo', filter: 'port 53' }],
        async traffic() {
          for (const transport of shape.transports) {
            const exchanges = Array.from({ length: shape.count }, (_, index) => shape.exchange(index))
            await play(stage, namespace, transport, exchanges)
          }
        },
      }
    },
  }
}

/** A real question of dnspython's with BIND's real answer, and then a shape on the same connection or port. */
function dnsFirstScenario(): Scenario {
  return {
    name: 'dns-first',
    class: 'attack',
    programs: ['node', 'python3', 'dnspython', ...bindForAll.programs, ...SIGNING_PROGRAMS],
    async prepare(stage) {
      const namespace = await stage.namespace()
      await namespace.ip('address', 'add', `${UPSTREAM}/8`, 'dev', 'lo')
      const { zones } = await signZones(stage, UPSTREAM)
      return {
        captures: [
          {
            file: 'attack-dns-first.pcap',
            holds: 'a DNS question and its answer, then home-made tunnels on the same connection or port',
            beginsWithDns: true,
            namespace,
            networkInterface: 'lo',
            filter: `port 53 and not host ${UPSTREAM}`,
          },
        ],
        async traffic() {
          await bindForAll.start({ stage, namespace, addresses: [UPSTREAM] }, zones)
          const queries = await dnspythonQueries(stage, namespace)
          const shapes = SHAPES.filter(({ name }) => name !== 'seven-bytes')
          for (const transport of ['tcp', 'udp'] as const) {
            const exchanges = queries.map((query, index) => {
              const { client, server } = shapes[index % shapes.length]!.exchange(index)
              const length = Uint8Array.of(query.length >> 8, query.length & 255)
              return {
                client: [transport === 'tcp' ? Buffer.concat([length, query]) : query, ...client],
                server,
              }
            })
            await play(stage, namespace, transport, exchanges, UPSTREAM)
          }
        },
      }
    },
  }
}

const QUERIES = `import sys, dns.message
for line in sys.stdin:
    print(dns.message.make_query(*line.split()).to_wire().hex())
`

async function dnspythonQueries(stage: Stage, namespace: Namespace): Promise<Buffer[]> {
  const lookups = Array.from({ length: 4 }, () => plainLookups()).flat()
  const input = lookups.map(({ name, type }) => `${name} ${type}\n`)
  const { output } = await stage.run(namespace, 'python3', ['-c', QUERIES], { input })
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => Buffer.from(line, 'hex'))
}

async function play(
  stage: Stage,
  namespace: Namespace,
  transport: 'tcp' | 'udp',
  exchanges: readonly Exchange[],
  upstream = 'none',
): Promise<void> {
  const encode = (pieces: readonly Uint8Array[]) =>
    pieces.map((piece) => Buffer.from(piece).toString('base64'))
  const input = exchanges.map(
    ({ client, server }) => `${JSON.stringify({ client: encode(client), server: encode(server) })}\n`,
  )
  const { output } = await stage.run(namespace, 'node', [EXCHANGE, transport, ADDRESS, upstream], { input })
  if (/played/.test(output)) return
  throw new FirsteightError(
    'LAB_PROGRAM_FAILED',
    `the exchanges over ${transport} did not end well: ${output}`,
    {
      hint: 'Run the recording again.',
    },
  )
}
