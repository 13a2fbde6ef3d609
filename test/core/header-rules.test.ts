import t from 'tap'
import type { ContextName } from '../../core/contexts.js'
import { looseRule, tunedRule } from '../../core/header-rules.js'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

const BOTH = { loose: true, tuned: true }
const NEITHER = { loose: false, tuned: false }
const LOOSE_ONLY = { loose: true, tuned: false }
const TUNED_ONLY = { loose: false, tuned: true }

/** First eight bytes, which rules pass them, what they are; and the datagram's length where it matters. */
type Case = [context: ContextName, hex: string, passes: typeof BOTH, what: string, length?: number]

const withOpcode = (opcode: number) => `0000${(opcode << 3).toString(16).padStart(2, '0')}0000010000`

const CASES: Record<string, Case[]> = {
  'plain queries and responses pass both rules': [
    ['udp-query', '86ed010000010000', BOTH, 'UDP query'],
    ['udp-response', '86ed818000010002', BOTH, 'UDP response'],
    ['tcp-query', '002086ed01000001', BOTH, 'TCP query'],
    ['tcp-response', '004686ed81800001', BOTH, 'TCP response'],
  ],
  'opcode and the reserved bit are looked at by both': [
    ...[0, 4, 5].map((opcode): Case => ['udp-query', withOpcode(opcode), BOTH, `opcode ${opcode}`]),
    ...[1, 2, 3, 6, 15].map((opcode): Case => ['udp-query', withOpcode(opcode), NEITHER, `opcode ${opcode}`]),
    ['udp-query', '0000014000010000', NEITHER, 'Z'],
  ],
  counts: [
    ['udp-query', '0000010000000000', NEITHER, 'a query without question'],
    ['udp-response', '0000818000000000', TUNED_ONLY, 'a response without question'],
    ['udp-response', '0000818000020000', NEITHER, 'two questions'],
    ['udp-query', '0000010000010001', LOOSE_ONLY, 'a query with an answer'],
    ['udp-query', '0000280000010040', BOTH, 'an UPDATE with 64 prerequisites'],
    ['udp-query', '0000280000010041', NEITHER, '... with 65'],
    ['udp-response', '0000818000010040', BOTH, '64 answers'],
    ['udp-response', '0000818000010041', NEITHER, '65 answers'],
    ['tcp-response', '0046000081800000', NEITHER, 'over TCP one question'],
  ],
  'what a query never has': [
    ['udp-query', '0000810000010000', LOOSE_ONLY, 'QR'],
    ['udp-query', '0000018000010000', LOOSE_ONLY, 'RA'],
    ['udp-query', '0000010300010000', LOOSE_ONLY, 'RCODE'],
    ['udp-query', '0000010000010000', LOOSE_ONLY, 'shorter than a header', 11],
  ],
  'what a response never has': [
    ['udp-response', '0000010000010000', LOOSE_ONLY, 'no QR'],
    ['udp-response', '0000818a00010000', BOTH, 'RCODE 10'],
    ['udp-response', '0000818b00010000', LOOSE_ONLY, 'RCODE 11'],
    ['udp-response', '0000838000010000', BOTH, 'TC over UDP'],
    ['tcp-response', '0046000083800001', LOOSE_ONLY, 'TC over TCP'],
  ],
  'the length prefix': [
    ['tcp-query', '0011000001000001', BOTH, '17: a question for the root'],
    ['tcp-query', '0010000001000001', LOOSE_ONLY, '16'],
  ],
  'what is not DNS and passes all the same, because one direction is not enough': [
    ['tcp-query', '434e584e01000001', BOTH, 'ADB'],
    ['tcp-query', '040101bb00000001', BOTH, 'SOCKS 4a'],
    ['udp-response', 'cabcab9900000001', TUNED_ONLY, 'IPsec'],
    ['tcp-query', '1603010200010001', LOOSE_ONLY, 'TLS, of a ClientHello of 256 to 511 bytes'],
    ['udp-query', '474554202f204854', NEITHER, 'HTTP'],
  ],
}

for (const [title, cases] of Object.entries(CASES)) {
  t.test(title, async (t) => {
    for (const [context, hex, passes, what, length = 40] of cases) {
      const loose = looseRule(context, bytes(hex), length)
      const tuned = tunedRule(context, bytes(hex), length)
      t.same({ loose, tuned }, passes, what)
    }
  })
}

t.test('a datagram of unknown length is taken for long enough', async (t) => {
  t.equal(tunedRule('udp-query', bytes('0000010000010000')), true)
})
