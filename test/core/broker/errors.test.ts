import t from 'tap'
import { connectionError, needsAPerson } from '../../../core/broker/errors.js'
import { ERROR_CODES } from '../../../core/errors.js'

const explain = (error: unknown, wasConnected = false, protocolVersion: 4 | 5 = 5) =>
  connectionError({ address: 'mqtt://b:1883', clientId: 'c', protocolVersion, wasConnected, error })
const withCode = (code: string | number, message = 'text') => Object.assign(new Error(message), { code })

t.test('each cause has its code, and every explanation names the broker and what to do', async (t) => {
  const cases = [
    ['BROKER_UNKNOWN_HOST', withCode('ENOTFOUND')],
    ['BROKER_UNKNOWN_HOST', withCode('EAI_AGAIN')],
    ['BROKER_UNREACHABLE', withCode('ECONNREFUSED')],
    ['BROKER_UNREACHABLE', withCode('EHOSTUNREACH')],
    ['BROKER_UNREACHABLE', withCode('ESOMETHINGNEW')],
    ['BROKER_UNREACHABLE', new Error('connack timeout')],
    ['BROKER_UNREACHABLE', new Error('Keepalive timeout')],
    ['BROKER_TLS', withCode('CERT_HAS_EXPIRED')],
    ['BROKER_TLS', withCode('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['BROKER_TLS', withCode('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['BROKER_TLS', withCode('ERR_OSSL_X509_KEY_VALUES_MISMATCH')],
    ['BROKER_PROTOCOL', new Error('Invalid header flag bits')],
    ['BROKER_PROTOCOL', undefined],
    ['BROKER_PROTOCOL', withCode(1)],
    ['BROKER_PROTOCOL', withCode(132)],
    ['BROKER_REFUSED', withCode(4)],
    ['BROKER_REFUSED', withCode(5)],
    ['BROKER_REFUSED', withCode(134)],
    ['BROKER_REFUSED', withCode(142)],
    ['BROKER_REFUSED', withCode(250)],
    ['BROKER_UNREACHABLE', withCode(136)],
  ] as const
  for (const [code, cause] of cases) {
    const error = explain(cause)
    t.equal(error.code, code, String(cause))
    t.match(error.message, /^broker mqtt:\/\/b:1883: \S/)
    t.ok(error.hint.length > 10)
    t.equal(error.cause, cause)
  }
})

t.test('a close without a word is read by when it came', async (t) => {
  t.equal(explain(undefined, true).code, 'BROKER_UNREACHABLE')
  t.match(explain(undefined, false, 5).hint, /set protocol to 3.1.1/)
  t.match(explain(undefined, false, 4).hint, /set protocol to 5/)
})

t.test('what waits for a person is tried again slowly', async (t) => {
  const quick = Object.keys(ERROR_CODES).filter((code) => !needsAPerson(code as keyof typeof ERROR_CODES))
  t.same(quick.sort(), ['BROKER_UNKNOWN_HOST', 'BROKER_UNREACHABLE'])
  t.notOk(needsAPerson('BROKER_PROTOCOL', true), 'a broker that once spoke the protocol will again')
  t.ok(needsAPerson('BROKER_REFUSED', true), 'but a password may have been changed')
})
