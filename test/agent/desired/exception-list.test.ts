import t from 'tap'
import { ExceptionList } from '../../../agent/desired/exception-list.js'
import { type AlertException, parsePattern, parsePeer } from '../../../core/exceptions.js'
import { anException } from '../../support/desired.js'
import { NOW } from '../../support/signing.js'
import { streamRecord } from '../../support/stream-records.js'

const { peer: _peer, ...BARE } = anException()

function listOf(...exceptions: Partial<AlertException>[]) {
  const clock = { now: NOW }
  const list = new ExceptionList(() => clock.now)
  list.replace(
    exceptions.map((change, index) => ({
      exception: { ...BARE, id: `e${index}`, ...change },
      origin: 'all',
    })),
  )
  return { list, clock }
}

const counts = (list: ExceptionList) => list.inForce().map(({ streams }) => streams)

t.test('none lets nothing pass', async (t) => {
  t.equal(listOf().list.allows(streamRecord()), false)
})

t.test('peer, pattern and port: all that are given must hold', async (t) => {
  const client = streamRecord({ clientAddress: Uint8Array.of(10, 0, 0, 1) })
  const server = streamRecord({
    clientAddress: Uint8Array.of(9, 9, 9, 9),
    serverAddress: Uint8Array.of(10, 0, 0, 1),
  })
  const other = streamRecord({
    clientAddress: Uint8Array.of(10, 0, 1, 1),
    serverAddress: Uint8Array.of(9, 9, 9, 9),
  })
  const sixth = streamRecord({
    clientAddress: Buffer.from('20010db8000000000000000000000001', 'hex'),
    serverAddress: new Uint8Array(16),
  })
  const short = streamRecord({ kind: 'short', firstEight: Uint8Array.of(0x53, 0x53) })
  const allows = (criteria: Partial<AlertException>, record = client) => listOf(criteria).list.allows(record)

  const peer = parsePeer('10.0.0.1')
  t.same(
    [client, server, other, sixth].map((record) => allows({ peer }, record)),
    [true, true, false, false],
  )
  t.same(
    [client, other].map((record) => allows({ peer: parsePeer('10.0.0.0/23') }, record)),
    [true, true],
  )
  t.same(
    [client, other].map((record) => allows({ peer: parsePeer('10.0.0.0/24') }, record)),
    [true, false],
  )
  t.same(
    [client, sixth].map((record) => allows({ peer: parsePeer('2001:db8::/64') }, record)),
    [false, true],
  )
  t.same(
    [client, sixth].map((record) => allows({ peer: parsePeer('0.0.0.0/0') }, record)),
    [true, false],
  )

  t.ok(allows({ pattern: parsePattern('5353482d00000000/ffffffff00000000') }), 'SSH-')
  t.notOk(allows({ pattern: parsePattern('5353482e00000000/ffffffff00000000') }))
  t.notOk(allows({ pattern: parsePattern('5353000000000000/ffff000000000000') }, short), 'too short to tell')
  t.ok(allows({ port: 53 }))
  t.notOk(allows({ port: 50_000 }), "the client's port is none")
  t.notOk(allows({ peer, port: 54 }))
  t.notOk(allows({ peer: parsePeer('10.9.9.9'), port: 53 }))
})

t.test('what passes is counted, by the first that fits', async (t) => {
  const { list } = listOf({ port: 54 }, { port: 53 }, { peer: parsePeer('10.0.0.1') })
  t.ok(list.allows(streamRecord({ timeMicroseconds: 7 })))
  t.ok(list.allows(streamRecord({ timeMicroseconds: 5 })))
  t.same(counts(list), [0, 2, 0])
  t.equal(list.inForce()[1]?.lastSeen, 7)
})

t.test('each ends by itself', async (t) => {
  const { list, clock } = listOf({ port: 53, expiresAt: NOW + 1 }, { port: 53, expiresAt: NOW + 10 })
  t.ok(list.allows(streamRecord()))
  clock.now = NOW + 1
  t.ok(list.allows(streamRecord()))
  t.same(counts(list), [1])
  clock.now = NOW + 10
  t.notOk(list.allows(streamRecord()))
  t.same(list.inForce(), [])
})

t.test('one that stays goes on counting; one that changes begins anew', async (t) => {
  const { list } = listOf({ id: 'a', port: 53 })
  list.allows(streamRecord())
  const same = { exception: { ...BARE, id: 'a', port: 53 }, origin: 'all' }
  list.replace([same, { ...same, origin: 'branch-17' }])
  t.same(counts(list), [1, 0])
  list.replace([{ ...same, exception: { ...same.exception, reason: 'another' } }])
  t.same(counts(list), [0])
})
