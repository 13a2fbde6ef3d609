import { writeSync } from 'node:fs'
import t from 'tap'
import { Feed } from '../../../agent/capture/feed.js'
import { openPipe } from '../../../agent/capture/pipe.js'
import { until } from '../../support/link.js'
import { pcapFile, udpFrame } from '../../support/pcap.js'
import { RecordingSink } from '../../support/recording-sink.js'

const PAYLOADS = Array.from({ length: 300 }, (_, index) => `payload ${index}`)
const CAPTURE = pcapFile(PAYLOADS.map((payload) => udpFrame(Buffer.from(payload), 40000, 53)))

t.test('every byte arrives, whether the sink has room for little or for much', async (t) => {
  for (const room of [7, 1000, 1 << 20]) {
    const { read } = openPipe((write) => writeSync(write, CAPTURE))
    const sink = new RecordingSink(room)
    const feed = new Feed(read, sink)
    await feed.ended
    t.same(sink.payloads, PAYLOADS, `room for ${room}`)
    t.equal(feed.bytes, CAPTURE.length)
  }
})

t.test('other work has its turn between two chunks, however much there is to read', async (t) => {
  const { read } = openPipe((write) => writeSync(write, CAPTURE))
  const sink = new RecordingSink(1000)
  let chunks = 0
  let turns = 0
  let turnOfLast = -1
  const chunk = sink.chunk.bind(sink)
  sink.chunk = (length) => {
    chunks += 1
    t.not(turnOfLast, turns, 'one chunk a turn')
    turnOfLast = turns
    return chunk(length)
  }
  const turn = setInterval(() => {}, 1)
  const count = () => {
    turns += 1
    if (!done) setImmediate(count)
  }
  let done = false
  setImmediate(count)
  await new Feed(read, sink).ended
  done = true
  clearInterval(turn)
  t.ok(chunks > 10)
})

t.test('close ends it, and an error of the sink does', async (t) => {
  let write = -1
  const { read } = openPipe((fd) => {
    write = fd
    return writeSync(fd, CAPTURE)
  })
  t.not(write, -1)
  const sink = new RecordingSink()
  const feed = new Feed(read, sink)
  await until('something was read', () => feed.bytes > 0)
  feed.close()
  await feed.ended

  const broken = new RecordingSink()
  broken.chunk = () => {
    throw new Error('the sink is broken')
  }
  const other = openPipe((fd) => writeSync(fd, CAPTURE))
  await t.rejects(new Feed(other.read, broken).ended, { message: 'the sink is broken' })
})

t.test('a file descriptor that is no pipe is refused', async (t) => {
  t.throws(() => new Feed(987_654, new RecordingSink()))
})
