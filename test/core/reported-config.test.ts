import t from 'tap'
import {
  decodeReportedConfig,
  decodeReportedKeys,
  encodeReportedConfig,
  encodeReportedKeys,
} from '../../core/reported-config.js'
import { NODE } from '../support/desired.js'
import { sampleHeader } from '../support/sample-messages.js'

const DIGEST = Buffer.alloc(32, 7)
const REPORT = {
  header: sampleHeader(),
  levels: [{ target: NODE, revision: 3, digest: DIGEST, keyId: DIGEST, keyName: 'ops' }],
  settings: [{ path: 'alerts.capPerMinute', value: '5' }],
  waiting: [{ path: 'serverPorts', value: '[53]' }],
  exceptions: [{ target: NODE, id: 'a', expiresAtMicroseconds: 9, streams: 2, lastSeenMicroseconds: 8 }],
  refusals: [
    {
      target: NODE,
      digest: DIGEST,
      revision: 0,
      code: 'CONFIG_INVALID',
      message: 'no',
      problems: [{ path: 'x', expected: 'y', found: 'z' }],
      refusedAtMicroseconds: 4,
    },
  ],
  refusedMessages: 1,
}

t.test('to bytes and back', async (t) => {
  t.match(decodeReportedConfig(encodeReportedConfig(REPORT)), REPORT)
  const keys = {
    header: sampleHeader(),
    revision: 2,
    keys: [{ publicKey: Buffer.alloc(44), name: 'ops', roles: [1, 2] }],
    refusedCode: '',
    refusedMessage: '',
  }
  t.match(decodeReportedKeys(encodeReportedKeys(keys)), keys)
})

t.test('each field is checked', async (t) => {
  const [level, exception, refusal] = [REPORT.levels[0]!, REPORT.exceptions[0]!, REPORT.refusals[0]!]
  const wrong: [field: string, change: object][] = [
    ['header', { header: null }],
    ['levels', { levels: [level, level, level, level] }],
    ['levels.target', { levels: [{ ...level, target: null }] }],
    ['levels.target', { levels: [{ ...level, target: { site: '', node: 'x' } }] }],
    ['levels.digest', { levels: [{ ...level, digest: Buffer.alloc(31) }] }],
    ['levels.key_id', { levels: [{ ...level, keyId: Buffer.alloc(0) }] }],
    ['levels.key_name', { levels: [{ ...level, keyName: 'a\u001b[2J' }] }],
    ['settings', { settings: [{ path: 'x', value: '{' }] }],
    ['settings', { settings: [{ path: 'x\u0000', value: '1' }] }],
    ['waiting', { waiting: Array.from({ length: 257 }, (_, i) => ({ path: `p${i}`, value: '1' })) }],
    ['exceptions', { exceptions: Array.from({ length: 193 }, () => exception) }],
    ['exceptions.id', { exceptions: [{ ...exception, id: 'x'.repeat(65) }] }],
    ['refusals.message', { refusals: [{ ...refusal, message: 'x'.repeat(513) }] }],
    ['refusals.problems', { refusals: [{ ...refusal, problems: Array.from({ length: 17 }, () => ({})) }] }],
    ['refusals.problems', { refusals: [{ ...refusal, problems: [{ path: '\u0007' }] }] }],
  ]
  for (const [field, change] of wrong) {
    t.throws(() => encodeReportedConfig({ ...REPORT, ...change }), {
      code: 'MESSAGE_INVALID',
      message: field,
    })
  }
  t.throws(() => decodeReportedConfig(Buffer.from('noise')), { code: 'MESSAGE_INVALID' })
  t.throws(() => encodeReportedKeys({ header: sampleHeader(), keys: [{ publicKey: Buffer.alloc(45) }] }), {
    code: 'MESSAGE_INVALID',
    message: 'keys.public_key',
  })
})
