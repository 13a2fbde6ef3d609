import t from 'tap'
import { tcpdumpSource } from '../../../agent/capture/tcpdump.js'
import { liveTraffic } from '../../support/live-traffic.js'
import { RecordingSink } from '../../support/recording-sink.js'
import { requires } from '../../support/requires.js'
import { captureSourceContract } from './contract.js'

const needs = requires({ programs: ['tcpdump'], captureRight: true })

captureSourceContract({
  name: 'tcpdump',
  kind: 'stream',
  ends: false,
  knowsStatistics: true,
  options: needs,
  rig: async (t) => {
    const { port, send } = await liveTraffic(t)
    return { source: () => tcpdumpSource({ interface: 'lo', filter: `udp dst port ${port}` }), send }
  },
})

t.test('errors', needs, async (t) => {
  const run = (options: { interface: string; filter: string }) =>
    tcpdumpSource(options).run(new RecordingSink())
  await t.rejects(run({ interface: 'nosuch0', filter: '' }), { code: 'CAPTURE_NO_INTERFACE', hint: /\blo\b/ })
  await t.rejects(run({ interface: 'lo', filter: 'port x y' }), {
    code: 'CAPTURE_FILTER',
    message: /port x y.*unknown port/,
  })
})
