import { sign } from 'node:crypto'
import t from 'tap'
import type { ErrorCode } from '../../../core/errors.js'
import {
  ENVELOPE_LIMIT,
  openEnvelope,
  type Statement,
  signStatement,
} from '../../../core/signature/envelope.js'
import { type Expectation, revisionAfter, verifyEnvelope } from '../../../core/signature/verify.js'
import { firsteight } from '../../../generated/messages.js'
import { NOW, testKey, testStatement, trusting } from '../../support/signing.js'

const { v1 } = firsteight
const operator = testKey('operator')
const commander = testKey('commander', ['keys', 'command'])
const stranger = testKey('stranger')

const expectation: Expectation = {
  keys: trusting(operator, commander),
  payloadType: 'firsteight.v1.DesiredConfig',
  receiver: { site: 'branch-17', node: 'gate' },
  now: NOW,
  lowestRevision: () => 7,
}

function signed(change: Partial<Statement> = {}, key = operator): Uint8Array {
  return signStatement(testStatement(change), key.signing)
}

function changed(parts: firsteight.v1.Envelope.$Properties): Uint8Array {
  return v1.Envelope.encode({ ...v1.Envelope.decode(signed()), ...parts }).finish()
}

t.test('what a trusted key signed for this node, in time, is accepted', async (t) => {
  for (const target of [
    { site: '', node: '' },
    { site: 'branch-17', node: '' },
    { site: 'branch-17', node: 'gate' },
  ]) {
    const { statement, keyId, keyName } = verifyEnvelope(signed({ target }), expectation)
    t.same(statement, { ...testStatement({ target }), payload: Buffer.from('payload') })
    t.equal(keyId, operator.signing.id)
    t.equal(keyName, 'operator')
  }
})

const hostile: [what: string, code: ErrorCode, bytes: () => Uint8Array][] = [
  ['unsigned', 'SIGNATURE_MISSING', () => changed({ signature: new Uint8Array(0) })],
  ['signed by a stranger', 'SIGNATURE_UNKNOWN_KEY', () => signed({}, stranger)],
  [
    'signed by a stranger in the name of a trusted key',
    'SIGNATURE_INVALID',
    () => changed({ signature: openEnvelope(signed({}, stranger)).signature }),
  ],
  [
    'another statement under a good signature',
    'SIGNATURE_INVALID',
    () => changed({ statement: openEnvelope(signed({ revision: 8 })).statement }),
  ],
  [
    'signed without the domain',
    'SIGNATURE_INVALID',
    () => {
      const { statement } = openEnvelope(signed())
      return changed({ signature: sign(null, statement, operator.signing.privateKey) })
    },
  ],
  ['a role that the key has not', 'SIGNATURE_KEY_ROLE', () => signed({}, commander)],
  ['another type', 'ENVELOPE_TYPE', () => signed({ payloadType: 'firsteight.v1.Command' })],
  ['another site', 'ENVELOPE_TARGET', () => signed({ target: { site: 'branch-18', node: '' } })],
  ['another node', 'ENVELOPE_TARGET', () => signed({ target: { site: 'branch-17', node: 'desk' } })],
  ['expired', 'ENVELOPE_EXPIRED', () => signed({ expiresAt: NOW })],
  ['not yet valid', 'ENVELOPE_NOT_YET_VALID', () => signed({ notBefore: NOW + 1 })],
  ['an old revision', 'ENVELOPE_OLD_REVISION', () => signed({ revision: 6 })],
  ['too long', 'ENVELOPE_TOO_LARGE', () => Buffer.concat([signed(), Buffer.alloc(ENVELOPE_LIMIT)])],
  ['empty', 'ENVELOPE_MALFORMED', () => new Uint8Array(0)],
]

t.test('everything else is refused, with a code of its own', async (t) => {
  for (const [what, code, bytes] of hostile)
    t.throws(() => verifyEnvelope(bytes(), expectation), { code }, what)
})

t.test('every truncation and every changed byte is refused', async (t) => {
  const whole = signed()
  for (let length = 0; length < whole.length; length++) {
    t.throws(() => verifyEnvelope(whole.subarray(0, length), expectation), `first ${length} bytes`)
  }
  for (let offset = 0; offset < whole.length; offset++) {
    for (const bit of [1, 0x80]) {
      const bytes = Uint8Array.from(whole)
      bytes[offset]! ^= bit
      t.throws(() => verifyEnvelope(bytes, expectation), `byte ${offset}`)
    }
  }
})

t.test('what was accepted in time may be read after its end', async (t) => {
  t.ok(verifyEnvelope(signed({ expiresAt: NOW }), { ...expectation, evenExpired: true }))
})

t.test('revisions rise while their signer is trusted, and start anew after', async (t) => {
  const { keys } = expectation
  t.equal(revisionAfter(undefined, keys), 0)
  t.equal(revisionAfter({ revision: 4, keyId: operator.signing.id }, keys), 5)
  const wedged = { revision: Number.MAX_SAFE_INTEGER, keyId: stranger.signing.id }
  t.equal(revisionAfter(wedged, keys), 0)
})
