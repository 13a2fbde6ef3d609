import t from 'tap'
import type { ContextName } from '../../core/contexts.js'
import { looseRule, tunedRule } from '../../core/header-rules.js'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

function verdicts(context: ContextName, hex: string, length = 40): { loose: boolean; tuned: boolean } {
  return {
    loose: looseRule(context, bytes(hex), length),
    tuned: tunedRule(context, bytes(hex), length),
  }
}

const BOTH = { loose: true, tuned: true }
const NEITHER = { loose: false, tuned: false }
const LOOSE_ONLY = { loose: true, tuned: false }
const TUNED_ONLY = { loose: false, tuned: true }

t.test('plain queries and responses pass both rules', async (t) => {
  t.same(verdicts('udp-query', '86ed010000010000'), BOTH)
  t.same(verdicts('udp-response', '86ed818000010002'), BOTH)
  t.same(verdicts('tcp-query', '002086ed01000001'), BOTH)
  t.same(verdicts('tcp-response', '004686ed81800001'), BOTH)
})

t.test('opcode and the reserved bit are looked at by both', async (t) => {
  for (const opcode of [0, 4, 5]) {
    t.same(verdicts('udp-query', `0000${hexByte(opcode << 3)}0000010000`), BOTH, `opcode ${opcode}`)
  }
  for (const opcode of [1, 2, 3, 6, 15]) {
    t.same(verdicts('udp-query', `0000${hexByte(opcode << 3)}0000010000`), NEITHER, `opcode ${opcode}`)
  }
  t.same(verdicts('udp-query', '0000014000010000'), NEITHER, 'Z')
})

t.test('counts', async (t) => {
  t.same(verdicts('udp-query', '0000010000000000'), NEITHER, 'a query without question')
  t.same(verdicts('udp-response', '0000818000000000'), TUNED_ONLY, 'a response without question')
  t.same(verdicts('udp-response', '0000818000020000'), NEITHER, 'two questions')
  t.same(verdicts('udp-query', '0000010000010001'), LOOSE_ONLY, 'a query with an answer')
  t.same(verdicts('udp-query', '0000280000010040'), BOTH, 'an UPDATE with 64 prerequisites')
  t.same(verdicts('udp-query', '0000280000010041'), NEITHER, '... with 65')
  t.same(verdicts('udp-response', '0000818000010040'), BOTH, '64 answers')
  t.same(verdicts('udp-response', '0000818000010041'), NEITHER, '65 answers')
  t.same(verdicts('tcp-response', '0046000081800000'), NEITHER, 'over TCP one question')
})

t.test('what a query never has', async (t) => {
  t.same(verdicts('udp-query', '0000810000010000'), LOOSE_ONLY, 'QR')
  t.same(verdicts('udp-query', '0000018000010000'), LOOSE_ONLY, 'RA')
  t.same(verdicts('udp-query', '0000010300010000'), LOOSE_ONLY, 'RCODE')
  t.same(verdicts('udp-query', '0000010000010000', 11), LOOSE_ONLY, 'shorter than a header')
  t.equal(tunedRule('udp-query', bytes('0000010000010000')), true, 'of unknown length')
})

t.test('what a response never has', async (t) => {
  t.same(verdicts('udp-response', '0000010000010000'), LOOSE_ONLY, 'no QR')
  t.same(verdicts('udp-response', '0000818a00010000'), BOTH, 'RCODE 10')
  t.same(verdicts('udp-response', '0000818b00010000'), LOOSE_ONLY, 'RCODE 11')
  t.same(verdicts('udp-response', '0000838000010000'), BOTH, 'TC over UDP')
  t.same(verdicts('tcp-response', '0046000083800001'), LOOSE_ONLY, 'TC over TCP')
})

t.test('the length prefix', async (t) => {
  t.same(verdicts('tcp-query', '0011000001000001'), BOTH, '17: a question for the root')
  t.same(verdicts('tcp-query', '0010000001000001'), LOOSE_ONLY, '16')
})

t.test('what is not DNS and passes all the same, because one direction is not enough', async (t) => {
  t.same(verdicts('tcp-query', '434e584e01000001'), BOTH, 'ADB')
  t.same(verdicts('tcp-query', '040101bb00000001'), BOTH, 'SOCKS 4a')
  t.same(verdicts('udp-response', 'cabcab9900000001'), TUNED_ONLY, 'IPsec')
  t.same(verdicts('tcp-query', '1603010200010001'), LOOSE_ONLY, 'TLS, of a ClientHello of 256 to 511 bytes')
  t.same(verdicts('udp-query', '474554202f204854'), NEITHER, 'HTTP')
})

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0')
}
