import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { Sender, senderFrames } from '../../../bench/live/sender.js'
import { INTERFACE, Site } from '../../../bench/live/site.js'
import { pcapOf } from '../../../bench/traffic/capture.js'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { Kernel } from '../../../core/kernel.js'
import { readModelFile } from '../../../core/model-file.js'
import { requires } from '../../support/requires.js'

t.test('what is sent is a datagram on port 53 each, nearly all of it DNS', async (t) => {
  const frames = senderFrames()
  const kernel = await Kernel.load({ seed: 1 })
  kernel.loadModel(await readModelFile(DEFAULT_MODEL_PATH))
  kernel.setServerPorts([53])
  const capture = pcapOf(frames)
  for (let at = 0; at < capture.length; ) {
    const length = capture.copy(kernel.inputSpace(), 0, at)
    t.equal(kernel.walk(length, Number.POSITIVE_INFINITY), 'all')
    at += length
  }
  const { packets, udpDatagrams, contexts } = kernel.counters()
  t.equal(packets, frames.length)
  t.equal(udpDatagrams, frames.length)
  const { streams, anomalies } = contexts['udp-query']
  t.ok(streams > frames.length / 3 && anomalies > 0 && anomalies < streams / 100)
})

const needs = requires({
  programs: ['gcc', 'ip', 'ethtool', 'mosquitto', 'tcpdump'],
  captureRight: true,
})

t.test('so many frames are sent as the rate and the time ask for, and arrive whole', needs, async (t) => {
  const site = await Site.create()
  t.teardown(() => site.delete())
  const [program = '', ...rest] = [...site.through, 'tcpdump', '-i', INTERFACE, '-n', '-w', '-']
  const capturing = promisify(execFile)(program, [...rest, '-c', '1', 'udp port 53'], {
    encoding: 'buffer',
  })
  await new Promise<void>((resolve) =>
    capturing.child.stderr!.on('data', (text) => String(text).includes('listening') && resolve()),
  )
  const { sent, seconds } = await site.send(1000, 1)
  t.ok(seconds >= 1)
  // Fewer where the machine is busy, never more.
  t.ok(sent > 0 && sent <= 1000 * seconds + 1, `${sent} in ${seconds} s`)
  const { stdout } = await capturing
  const first = senderFrames()[0]!
  t.same(stdout.subarray(24 + 16, 24 + 16 + first.length), first)
})

t.test('a capture that cannot be sent is refused', needs, async (t) => {
  const folder = t.testdir()
  await Sender.build(folder)
  await t.rejects(promisify(execFile)(`${folder}/sender`, ['lo', '/dev/null', '1', '1']), /no little-endian/)
  await t.rejects(promisify(execFile)(`${folder}/sender`, ['nosuch0', '/dev/null', '1', '1']), /nosuch0/)
})
