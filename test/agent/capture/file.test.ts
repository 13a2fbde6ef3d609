import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { FileSource } from '../../../agent/capture/file.js'
import { pcapFile, udpFrame } from '../../support/pcap.js'
import { RecordingSink } from '../../support/recording-sink.js'
import { captureSourceContract, type Subject } from './contract.js'

const fileOf = (payloads: readonly string[], stepMicroseconds?: number) =>
  pcapFile(
    payloads.map((payload) => udpFrame(Buffer.from(payload), 40000, 53)),
    stepMicroseconds,
  )

function subject(name: string, encode: (file: Buffer) => Buffer, realtime: boolean): Subject {
  return {
    name,
    kind: 'file',
    ends: true,
    knowsStatistics: false,
    options: {},
    rig: async (t, payloads) => {
      const path = join(t.testdir({ capture: encode(fileOf(payloads)) }), 'capture')
      return { port: 53, source: () => new FileSource(path, { realtime }), send: async () => {} }
    },
  }
}

captureSourceContract(subject('file', (file) => file, false))
captureSourceContract(subject('file in real time', (file) => file, true))
captureSourceContract(subject('gzip file', gzipSync, false))
captureSourceContract(
  subject(
    'gzip file of two members',
    (file) => Buffer.concat([gzipSync(file.subarray(0, 1000)), gzipSync(file.subarray(1000))]),
    false,
  ),
)
captureSourceContract(subject('gzip file in real time', gzipSync, true))

t.test('errors name the file and what was wrong', async (t) => {
  const file = fileOf(Array.from({ length: 500 }, (_, index) => `payload ${index}`))
  const packed = gzipSync(file)
  const bent = Buffer.from(packed)
  bent.fill(0xff, packed.length >> 1, (packed.length >> 1) + 20)
  const folder = t.testdir({ cut: packed.subarray(0, packed.length >> 1), bent })
  const run = async (name: string) => {
    const sink = new RecordingSink()
    await t.rejects(new FileSource(join(folder, name)).run(sink), { message: new RegExp(name) })
    return new FileSource(join(folder, name)).run(sink).catch((error) => error)
  }
  t.match(await run('missing'), { code: 'FILE_UNREADABLE', details: { reason: 'ENOENT' } })
  t.match(await run('.'), { code: 'FILE_UNREADABLE', details: { reason: 'EISDIR' } })
  t.match(await run('cut'), { code: 'CAPTURE_FILE_TRUNCATED' })
  t.match(await run('bent'), { code: 'CAPTURE_FILE_CORRUPT' })
})

t.test('real time keeps the intervals, and stop ends a wait at once', async (t) => {
  const path = join(t.testdir({ capture: fileOf(['a', 'b', 'c', 'd'], 100_000) }), 'capture')
  const sink = new RecordingSink()
  const start = performance.now()
  await new FileSource(path, { realtime: true }).run(sink)
  t.ok(performance.now() - start >= 299, 'three intervals of 100 ms')
  t.same(sink.payloads, ['a', 'b', 'c', 'd'])

  const slow = join(t.testdir({ capture: fileOf(['a', 'b'], 4_000_000) }), 'capture')
  const source = new FileSource(slow, { realtime: true })
  const half = new RecordingSink()
  const running = source.run(half)
  while (half.packets.length === 0) await sleep(5)
  await source.stop()
  await running
  t.same(half.payloads, ['a'])
  t.notOk(half.ended)
})

t.test('the event loop lives while a large file is read', async (t) => {
  const frames = Array.from({ length: 20_000 }, () => udpFrame(Buffer.alloc(1000), 40000, 53))
  const path = join(t.testdir({ capture: pcapFile(frames) }), 'capture')
  const sink = new RecordingSink(262144)
  let bytes = 0
  sink.chunk = (length) => {
    bytes += length
    return undefined
  }
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 0)
  await new FileSource(path).run(sink)
  clearInterval(timer)
  t.equal(bytes, 24 + 20_000 * 1058)
  t.ok(turns > 0)
})
