import t from 'tap'
import { LiveSource } from '../../../agent/capture/live.js'
import { liveTraffic } from '../../support/live-traffic.js'
import { RecordingSink } from '../../support/recording-sink.js'
import { requires } from '../../support/requires.js'
import { captureSourceContract, start } from './contract.js'

const needs = requires({ captureRight: true })

captureSourceContract({
  name: 'cap',
  kind: 'cap',
  ends: false,
  knowsStatistics: false,
  options: needs,
  rig: async (t) => {
    const { port, send } = await liveTraffic(t)
    return { source: () => new LiveSource({ interface: 'lo', filter: `udp dst port ${port}` }), send }
  },
})

t.test('errors', needs, async (t) => {
  const run = (options: { interface: string; filter: string }) =>
    new LiveSource(options).run(new RecordingSink())
  await t.rejects(run({ interface: 'nosuch0', filter: '' }), {
    code: 'CAPTURE_NO_INTERFACE',
    hint: /\blo\b/,
  })
  await t.rejects(run({ interface: 'lo', filter: 'port x y' }), {
    code: 'CAPTURE_FILTER',
    message: /port x y.*unknown port/,
  })
})

t.test('a burst without end is interrupted, so that timers run', needs, async (t) => {
  const { port, send } = await liveTraffic(t)
  const source = new LiveSource({ interface: 'lo', filter: `udp dst port ${port}` })
  const sink = new RecordingSink()
  let taken = 0
  // A sink so slow that the ring refills while one packet is scored: the reader never finds it empty.
  sink.packet = () => {
    taken += 1
    const until = performance.now() + 3
    while (performance.now() < until);
  }
  const { ended } = await start(source, sink)
  await send(Array.from({ length: 900 }, (_, index) => `${index}`))
  await source.stop()
  await ended
  t.ok(taken > 0)
})
