import t from 'tap'
import { tcpdumpSource } from '../../../agent/capture/tcpdump.js'
import { captureProcess } from '../../support/capture-process.js'
import { liveTraffic } from '../../support/live-traffic.js'
import { RecordingSink } from '../../support/recording-sink.js'
import { requires } from '../../support/requires.js'
import { captureSourceContract, start } from './contract.js'

const DEFAULTS = { bufferMebibytes: 32, delivery: 'immediate' as const }
const needs = requires({ programs: ['tcpdump'], captureRight: true })

for (const delivery of ['immediate', 'batched'] as const) {
  captureSourceContract({
    name: `tcpdump, ${delivery}`,
    kind: 'stream',
    ends: false,
    knowsStatistics: true,
    options: needs,
    rig: async (t) => {
      const { port, send } = await liveTraffic(t)
      const options = { interface: 'lo', filter: `udp dst port ${port}`, bufferMebibytes: 32, delivery }
      return { port, source: () => tcpdumpSource(options), send }
    },
  })
}

t.test('errors', needs, async (t) => {
  const run = (options: { interface: string; filter: string }) =>
    tcpdumpSource({ ...options, ...DEFAULTS }).run(new RecordingSink())
  await t.rejects(run({ interface: 'nosuch0', filter: '' }), { code: 'CAPTURE_NO_INTERFACE', hint: /\blo\b/ })
  await t.rejects(run({ interface: 'lo', filter: 'port x y' }), {
    code: 'CAPTURE_FILTER',
    message: /port x y.*unknown port/,
  })
})

t.test(
  'no right to capture',
  requires({ programs: ['tcpdump', 'setpriv'], captureRight: true }),
  async (t) => {
    const { outcome } = captureProcess(['setpriv', '--reuid=65534', '--clear-groups'], { kind: 'stream' })
    t.match(await outcome, {
      error: { code: 'CAPTURE_NO_RIGHT', hint: /setcap cap_net_raw\+ep \$\(command -v tcpdump\)/ },
    })
  },
)

t.test('a snaplen shorter than the packet leaves the original length', needs, async (t) => {
  const { port, send } = await liveTraffic(t)
  const source = tcpdumpSource({ interface: 'lo', filter: `udp dst port ${port}`, ...DEFAULTS })
  const sink = new RecordingSink()
  const { ended } = await start(source, sink)
  await send(['x'.repeat(20_000)])
  await source.stop()
  await ended
  const sizes = sink.packets.map(({ frame, originalLength }) => [frame.length, originalLength])
  t.same(sizes, [[3968, 20_042]])
})
