import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { inspectCapBinding } from '../../../agent/capture/cap-module.js'
import { LiveSource, packetListener } from '../../../agent/capture/live.js'
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
    return {
      port,
      source: () => new LiveSource({ interface: 'lo', filter: `udp dst port ${port}`, bufferMebibytes: 32 }),
      send,
    }
  },
})

t.test('errors', needs, async (t) => {
  const run = (options: { interface: string; filter: string }) =>
    new LiveSource({ ...options, bufferMebibytes: 32 }).run(new RecordingSink())
  await t.rejects(run({ interface: 'nosuch0', filter: '' }), {
    code: 'CAPTURE_NO_INTERFACE',
    hint: /\blo\b/,
  })
  await t.rejects(run({ interface: 'lo', filter: 'port x y' }), {
    code: 'CAPTURE_FILTER',
    message: /port x y.*unknown port/,
  })
})

t.test('timers run while packets keep coming, and none of those in the ring is lost', needs, async (t) => {
  const { port } = await liveTraffic(t)
  const source = new LiveSource({ interface: 'lo', filter: `udp dst port ${port}`, bufferMebibytes: 32 })
  const sink = new RecordingSink()
  let taken = 0
  // A sink so slow, beside a sender so fast, that the ring is never found empty.
  sink.packet = () => {
    taken += 1
    for (const until = performance.now() + 2; performance.now() < until; );
  }
  const { ended } = await start(source, sink)
  const sender = spawn(process.execPath, ['--input-type=module', '-e', SENDER, String(port)])
  const turns = new Set<number>()
  const timer = setInterval(() => {
    if (sender.exitCode === null) turns.add(taken)
  }, 1)
  await once(sender, 'close')
  clearInterval(timer)
  await source.stop()
  await ended
  t.ok(inspectCapBinding().bounded, 'cap is compiled as npm run build:cap does')
  // Of a burst that only `close` ends there would be five, one a second.
  t.ok(turns.size > 10, `packets were taken in ${turns.size} turns`)
})

t.test('a binding that hands out packets without end is interrupted', async (t) => {
  let interruptions = 0
  const sink = new RecordingSink()
  const listener = packetListener(
    sink,
    1,
    () => {
      interruptions += 1
    },
    (error) => t.fail(`${error}`),
  )
  while (interruptions === 0) listener(60)
  t.ok(sink.packets.length > 0, 'after it took packets')
})

t.test('no right to capture', requires({ programs: ['setpriv'], captureRight: true }), async (t) => {
  const { outcome } = captureProcess(['setpriv', '--reuid=65534', '--clear-groups'], { kind: 'cap' })
  t.match(await outcome, { error: { code: 'CAPTURE_NO_RIGHT', hint: /setcap cap_net_raw.*stream/ } })
})
