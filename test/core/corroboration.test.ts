import t from 'tap'
import { CORROBORATION, contradicted, corroborationOf, corroborationText } from '../../core/corroboration.js'
import { streamRecord } from '../support/stream-records.js'

t.test('every name has a meaning, a name of a later version stands for itself', async (t) => {
  for (const [name, text] of Object.entries(CORROBORATION)) t.equal(corroborationText(name), text)
  t.equal(corroborationText('of-a-later-version'), 'of-a-later-version')
  t.equal(corroborationText('toString'), 'toString')
})

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

t.test('the hand-written rule agrees or not', async (t) => {
  const query = streamRecord({
    context: 'udp-query',
    transport: 'udp',
    firstEight: bytes('1234010000010000'),
  })
  t.same(corroborationOf(query), ['rule-accepts'])
  t.ok(contradicted(query))
  const zero = streamRecord({ context: 'udp-query', transport: 'udp', firstEight: new Uint8Array(8) })
  t.same(corroborationOf(zero), ['rule-rejects'])
  t.notOk(contradicted(zero))
})

t.test('a datagram shorter than a header', async (t) => {
  const udp = { context: 'udp-response', transport: 'udp', firstEight: new Uint8Array(8) } as const
  t.same(corroborationOf(streamRecord({ ...udp, payloadLength: 11 })), ['rule-rejects', 'udp-below-header'])
  t.same(corroborationOf(streamRecord({ ...udp, payloadLength: 12 })), ['rule-rejects'])
})

t.test('a length prefix beyond the packet, in queries', async (t) => {
  const adb = { firstEight: bytes('434e584e01000001'), payloadLength: 24 }
  t.same(corroborationOf(streamRecord({ ...adb, context: 'tcp-query' })), [
    'rule-accepts',
    'prefix-beyond-packet',
  ])
  t.same(corroborationOf(streamRecord({ ...adb, context: 'tcp-response' })), ['rule-accepts'])
  const exact = streamRecord({ firstEight: bytes('001e123401000001'), payloadLength: 30 })
  t.same(corroborationOf(exact), ['rule-accepts'], 'the prefix may have come in a packet of its own')
})

t.test('one fact beside the model is enough against the rule', async (t) => {
  // A padded TLS ClientHello of 512 bytes: opcode 0, one question, as the rule reads it.
  const tls = { context: 'tcp-query', firstEight: bytes('1603010200010001') } as const
  t.same(corroborationOf(streamRecord({ ...tls, payloadLength: 517 })), [
    'rule-accepts',
    'prefix-beyond-packet',
  ])
  t.notOk(contradicted(streamRecord({ ...tls, payloadLength: 517 })))
  t.ok(contradicted(streamRecord({ ...tls, payloadLength: 0x1603 + 2 })))
})
