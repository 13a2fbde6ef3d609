import fc from 'fast-check'
import t from 'tap'
import { FirsteightError } from '../../../core/errors.js'
import {
  decodeStatement,
  ENVELOPE_LIMIT,
  openEnvelope,
  type Statement,
  signStatement,
} from '../../../core/signature/envelope.js'
import { firsteight } from '../../../generated/messages.js'
import { testKey, testStatement } from '../../support/signing.js'

const { v1 } = firsteight
const { signing } = testKey('ops')

t.test('a statement comes back as it was signed', async (t) => {
  for (const change of [{}, { target: { site: 'a', node: 'b' }, revision: Number.MAX_SAFE_INTEGER }]) {
    const statement = testStatement(change)
    const envelope = openEnvelope(signStatement(statement, signing))
    t.same(decodeStatement(envelope.statement), { ...statement, payload: Buffer.from(statement.payload) })
    t.equal(envelope.keyId, signing.id)
    t.equal(envelope.signature.length, 64)
  }
})

t.test('what no receiver would accept is not signed', async (t) => {
  const refused = (code: string, change: Partial<Statement>) =>
    t.throws(() => signStatement(testStatement(change), signing), { code }, JSON.stringify(change))
  refused('ENVELOPE_MALFORMED', { revision: 0 })
  refused('ENVELOPE_MALFORMED', { revision: 2 ** 60 })
  refused('ENVELOPE_MALFORMED', { expiresAt: testStatement().notBefore })
  refused('ENVELOPE_MALFORMED', { target: { site: '', node: 'x' } })
  refused('ENVELOPE_MALFORMED', { target: { site: 'a/b', node: '' } })
  refused('ENVELOPE_TYPE', { payloadType: 'firsteight.v1.Status' as never })
  refused('ENVELOPE_TOO_LARGE', { payload: new Uint8Array(ENVELOPE_LIMIT) })
})

t.test('an envelope without its parts is refused', async (t) => {
  const { statement, signature, keyId } = v1.Envelope.decode(signStatement(testStatement(), signing))
  const opened = (parts: firsteight.v1.Envelope.$Properties) => () =>
    openEnvelope(v1.Envelope.encode(parts).finish())
  t.throws(opened({ statement, keyId }), { code: 'SIGNATURE_MISSING' })
  t.throws(opened({ keyId, signature }), { code: 'ENVELOPE_MALFORMED', details: { field: 'statement' } })
  t.throws(opened({ statement, signature }), { code: 'ENVELOPE_MALFORMED', details: { field: 'key_id' } })
  t.throws(opened({ statement, keyId, signature: signature.subarray(1) }), { code: 'ENVELOPE_MALFORMED' })
  t.throws(() => openEnvelope(new Uint8Array(ENVELOPE_LIMIT + 1)), { code: 'ENVELOPE_TOO_LARGE' })
})

t.test('no bytes do more than be refused', async (t) => {
  const whole = signStatement(testStatement(), signing)
  for (let length = 0; length < whole.length; length++) {
    t.throws(() => openEnvelope(whole.subarray(0, length)), FirsteightError, `${length} bytes`)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const read of [openEnvelope, decodeStatement]) {
        try {
          read(bytes)
        } catch (error) {
          if (!(error instanceof FirsteightError)) throw error
        }
      }
    }),
  )
})
