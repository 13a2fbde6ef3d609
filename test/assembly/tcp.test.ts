import fc from 'fast-check'
import t from 'tap'
import { TCP_ACK, TCP_FIN, TCP_SYN } from '../../bench/traffic/frames.js'
import { Reassembler } from '../reference/reassembler.js'
import { brokenIdentity, KernelHarness } from '../support/kernel-harness.js'

const harness = await KernelHarness.create()
const RUNS = 2000

/** A length-prefixed message of `length` bytes behind the prefix, recognisable by its number. */
function message(length: number, number: number): Buffer {
  const bytes = Buffer.alloc(2 + length, number)
  bytes.writeUInt16BE(length, 0)
  return bytes
}

const hexOfRecords = () => harness.records.map((record) => Buffer.from(record.firstEight).toString('hex'))

interface Segment {
  offset: number
  bytes: Buffer
}

/** A stream, and segments that cover it in any order, some repeated, overlapping or with other content. */
const cutStream = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .chain((stream) =>
    fc.record({
      stream: fc.constant(Buffer.from(stream)),
      cuts: fc.uniqueArray(fc.nat({ max: stream.length - 1 }), { maxLength: 12 }),
      extras: fc.array(
        fc.record({
          from: fc.nat({ max: stream.length - 1 }),
          length: fc.integer({ min: 1, max: 20 }),
          noise: fc.nat(255),
        }),
        { maxLength: 5 },
      ),
      order: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
    }),
  )
  .map(({ stream, cuts, extras, order }) => {
    const starts = [...new Set([0, ...cuts])].sort((a, b) => a - b)
    const segments: Segment[] = starts.map((offset, index) => ({
      offset,
      bytes: stream.subarray(offset, starts[index + 1] ?? stream.length),
    }))
    for (const { from, length, noise } of extras) {
      const bytes = Buffer.from(stream.subarray(from, from + length)).map((byte) => byte ^ noise)
      segments.push({ offset: from, bytes: Buffer.from(bytes) })
    }
    const shuffled = segments.map((segment, index) => ({ segment, key: order[index % order.length]! }))
    shuffled.sort((a, b) => a.key - b.key)
    return { stream, segments: shuffled.map(({ segment }) => segment) }
  })

t.test(
  'the first eight bytes are those of a plain reassembler, for every way to cut, mix and repeat',
  async (t) => {
    fc.assert(
      fc.property(
        cutStream,
        fc.oneof(fc.nat(0xffffffff), fc.integer({ min: 0xffffffd0, max: 0xffffffff })),
        fc.constantFrom('client' as const, 'server' as const),
        fc.boolean(),
        ({ stream, segments }, initial, side, finishFirst) => {
          harness.clear()
          harness.syn(
            side,
            initial,
            side === 'server' ? { flags: TCP_SYN | TCP_ACK, acknowledgement: 77 } : {},
          )
          const start = (initial + 1) >>> 0
          const reassembler = new Reassembler()
          const finish = () =>
            harness.tcp(side, (start + stream.length) >>> 0, Buffer.alloc(0), TCP_ACK | TCP_FIN)
          if (finishFirst) finish()
          for (const { offset, bytes } of segments) {
            harness.tcp(side, (start + offset) >>> 0, bytes)
            reassembler.add(offset, bytes)
          }
          if (!finishFirst) finish()
          harness.end()
          const [first] = harness.records
          const expected = reassembler.bytes(Math.min(8, stream.length))
          const context = side === 'client' ? 'tcp-query' : 'tcp-response'
          return (
            first?.kind === (stream.length < 8 ? 'short' : 'clean') &&
            first.context === context &&
            Buffer.compare(first.firstEight, expected) === 0 &&
            brokenIdentity(harness.counters) === undefined
          )
        },
      ),
      { numRuns: RUNS },
    )
    t.pass(`${RUNS} streams`)
  },
)

t.test('two messages cut at every pair of places, in order: both are scored', async (t) => {
  const stream = Buffer.concat([message(14, 1), message(20, 2)])
  const expected = [stream.subarray(0, 8), stream.subarray(16, 24)].map((bytes) => bytes.toString('hex'))
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      harness.clear()
      harness.syn('client', 999)
      harness.tcp('client', 1000, stream.subarray(0, first))
      harness.tcp('client', 1000 + first, stream.subarray(first, second))
      harness.tcp('client', 1000 + first, stream.subarray(first, second)) // retransmitted
      harness.tcp('client', 1000 + second, stream.subarray(second))
      if (hexOfRecords().join() !== expected.join())
        t.same(hexOfRecords(), expected, `cut at ${first}, ${second}`)
    }
  }
  t.same(harness.counters.tcpLaterMessages, 1)
  t.same(
    harness.records.map((record) => record.messageIndex),
    [0, 1],
  )
})

t.test(
  'later messages in any order: whatever is scored is right, what is missed is a counted gap',
  async (t) => {
    const stream = Buffer.concat([message(14, 1), message(30, 2), message(12, 3), message(60, 4)])
    const starts = [0, 16, 48, 62]
    const expected = starts.map((start) => stream.subarray(start, start + 8).toString('hex'))
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 10 }),
        fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        (cuts, order) => {
          harness.clear()
          harness.syn('client', 0xfffffff0)
          const places = [0, ...cuts.sort((a, b) => a - b)]
          const segments = places.map((place, index) => ({
            place,
            bytes: stream.subarray(place, places[index + 1] ?? stream.length),
            key: order[index]!,
          }))
          segments.sort((a, b) => a.key - b.key)
          for (const { place, bytes } of segments) harness.tcp('client', (0xfffffff1 + place) >>> 0, bytes)
          harness.end()
          const scored = harness.records.filter((record) => record.kind === 'clean')
          const right = scored.every(
            (record) => Buffer.from(record.firstEight).toString('hex') === expected[record.messageIndex],
          )
          return right && (scored.length === 4 || harness.counters.tcpGaps === 1)
        },
      ),
      { numRuns: RUNS },
    )
    t.pass(`${RUNS} orders`)
  },
)

t.test('a query followed by something else on the same stream does not pass', async (t) => {
  const strict = await KernelHarness.create({ threshold: 2 ** -26, everyStream: false })
  const kernel = harness.kernel
  harness.clear()
  harness.syn('client', 0)
  harness.tcp('client', 1, Buffer.concat([message(14, 1), Buffer.from('SSH-2.0-OpenSSH_9.2')]))
  t.same(hexOfRecords()[1], Buffer.from('SSH-2.0-').toString('hex'), 'the bytes after the message are scored')
  t.ok(kernel.counters().tcpLaterMessages >= 1)
  strict.syn('client', 0)
  strict.tcp('client', 1, Buffer.concat([message(14, 1), message(14, 2)]))
  t.equal(strict.records.length, 1, 'a stream is flagged once')
  t.equal(strict.counters.contexts['tcp-query'].anomalies, 1)
})

t.test('a length prefix that no DNS header fits in ends the following', async (t) => {
  harness.clear()
  harness.syn('client', 0)
  harness.tcp('client', 1, Buffer.concat([message(11, 1), message(14, 2)]))
  t.equal(harness.records.length, 1)
  t.equal(harness.counters.tcpUnfollowable, 1)
})

t.test('a stream that ends inside a later message is short', async (t) => {
  harness.clear()
  harness.syn('client', 0)
  harness.tcp('client', 1, Buffer.concat([message(14, 1), Buffer.from('1234567')]), TCP_ACK | TCP_FIN)
  t.match(harness.records[1], { kind: 'short', messageIndex: 1, payloadLength: 23 })
  t.equal(harness.counters.tcpLaterShort, 1)
})

t.test('a hole that is never filled is counted', async (t) => {
  harness.clear()
  harness.syn('client', 0)
  harness.tcp('client', 5, Buffer.alloc(20))
  harness.end()
  t.same(harness.records, [])
  t.equal(harness.counters.tcpIncomplete, 1)
  harness.clear()
  harness.syn('client', 0)
  harness.tcp('client', 1, message(14, 1))
  for (let sent = 0; sent < 300_000; sent += 1000) harness.tcp('client', 30 + sent, Buffer.alloc(1000))
  t.equal(harness.counters.tcpGaps, 1, 'far behind a hole in a later message following stops')
})

t.test('a stream of which only later bytes were seen is incomplete, not empty', async (t) => {
  harness.clear()
  harness.syn('client', 99)
  harness.tcp('client', 108, Buffer.from('89'))
  harness.end()
  t.match(harness.counters, { tcpIncomplete: 1, tcpEmpty: 0 })
  t.same(harness.records, [])
})

t.test('no SYN: midstream, not scored', async (t) => {
  harness.clear()
  harness.tcp('client', 1, message(14, 1))
  harness.tcp('client', 17, message(14, 1))
  harness.tcp('server', 1, Buffer.alloc(0))
  t.same(harness.records, [])
  t.match(harness.counters, { midstream: 1, tcpMidstreamSegments: 3, tcpFollowedSegments: 0 })
})

t.test('the answer to a SYN tells where the client starts, too', async (t) => {
  harness.clear()
  harness.syn('server', 500, { flags: TCP_SYN | TCP_ACK, acknowledgement: 101 })
  harness.tcp('client', 101, message(14, 1))
  t.match(harness.records, [{ context: 'tcp-query' }])
})

t.test('data in the SYN (RFC 7413) and a repeated SYN', async (t) => {
  harness.clear()
  harness.syn('client', 0, { payload: message(14, 1).subarray(0, 5) })
  harness.syn('client', 0)
  harness.tcp('client', 6, message(14, 1).subarray(5))
  t.same(hexOfRecords(), [message(14, 1).subarray(0, 8).toString('hex')])
})

t.test('the same ports used again are a new connection', async (t) => {
  harness.clear()
  for (const initial of [1000, 900_000]) {
    harness.syn('client', initial)
    harness.tcp('client', initial + 1, message(14, 1))
  }
  t.equal(harness.records.length, 2)
  t.equal(harness.counters.contexts['tcp-query'].streams, 2)
  harness.end()
  t.equal(brokenIdentity(harness.counters), undefined)
})

t.test('neither a forged reset nor a forged FIN blinds', async (t) => {
  for (const flags of [4, TCP_ACK | TCP_FIN]) {
    harness.clear()
    harness.syn('client', 0)
    harness.tcp('client', 1, Buffer.alloc(0), flags)
    harness.tcp('client', 1, message(14, 1))
    t.equal(harness.records.length, 1)
  }
})

t.test('between two server ports the sender of the SYN is the client', async (t) => {
  for (const side of ['client', 'server'] as const) {
    harness.clear()
    harness.syn(side, 0, { sourcePort: 53, destinationPort: 53 })
    harness.send(side, {
      transport: 'tcp',
      sequence: 1,
      sourcePort: 53,
      destinationPort: 53,
      payload: message(14, 1),
    })
    t.match(harness.records, [{ context: 'tcp-query' }], side)
  }
})
