import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { LiveSource } from '../../../agent/capture/live.js'
import { captureProcess } from '../../support/capture-process.js'
import { liveTraffic } from '../../support/live-traffic.js'
import { RecordingSink } from '../../support/recording-sink.js'
import { requires } from '../../support/requires.js'
import { captureSourceContract, start } from './contract.js'

/** Sends datagrams for five seconds, faster than one every two milliseconds. */
const SENDER = `
import { createSocket } from 'node:dgram'
const socket = createSocket('udp4')
const port = Number(process.argv[1])
const timer = setInterval(() => { for (let i = 0; i < 10; i++) socket.send('datagram', port, '127.0.0.1') }, 1)
setTimeout(() => { clearInterval(timer); socket.close() }, 5000)
`

const needs = requires({ captureRight: true })

captureSourceContract({
  name: 'cap',
  kind: 'cap',
  ends: false,
  knowsStatistics: false,
  options: needs,
  rig: async (t) => {
    const { port, send } = await liveTraffic(t)
    return { port, source: () => new LiveSource({ interface: 'lo', filter: `udp dst port ${port}` }), send }
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
  const { port } = await liveTraffic(t)
  const source = new LiveSource({ interface: 'lo', filter: `udp dst port ${port}` })
  const sink = new RecordingSink()
  let taken = 0
  // A sink so slow, beside a sender so fast, that the ring is never found empty.
  sink.packet = () => {
    taken += 1
    for (const until = performance.now() + 2; performance.now() < until; );
  }
  const { ended } = await start(source, sink)
  const sender = spawn(process.execPath, ['--input-type=module', '-e', SENDER, String(port)])
  const interruptions: { taken: number; isSending: boolean }[] = []
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (now - last > 900) interruptions.push({ taken, isSending: sender.exitCode === null })
    last = now
  }, 1)
  await once(sender, 'close')
  clearInterval(timer)
  await source.stop()
  await ended
  const [first] = interruptions
  t.ok(first?.isSending, 'the burst was interrupted while the sender was still sending')
  t.ok(first && taken > first.taken, 'and capturing went on after it')
})

t.test('no right to capture', requires({ programs: ['setpriv'], captureRight: true }), async (t) => {
  const { outcome } = captureProcess(['setpriv', '--reuid=65534', '--clear-groups'], { kind: 'cap' })
  t.match(await outcome, { error: { code: 'CAPTURE_NO_RIGHT', hint: /setcap cap_net_raw.*stream/ } })
})
