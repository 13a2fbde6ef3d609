import t from 'tap'
import {
  decodeDesiredConfig,
  encodeDesiredConfig,
  NOTHING_DESIRED,
  settingMessages,
} from '../../core/desired-config.js'
import { firsteight } from '../../generated/messages.js'
import { anException, desired } from '../support/desired.js'

const { DesiredConfig } = firsteight.v1

const FULL = desired(
  { serverPorts: [53, 5353], 'alerts.capPerMinute': 10, 'log.level': 'warn' },
  { exceptions: [anException({ port: 53 })], mayDisableDetection: true },
)

t.test('to bytes and back; equal configs give equal bytes', async (t) => {
  t.same(decodeDesiredConfig(encodeDesiredConfig(FULL)), FULL)
  t.same(decodeDesiredConfig(encodeDesiredConfig(NOTHING_DESIRED)), NOTHING_DESIRED)
  const reversed = { ...FULL, settings: new Map([...FULL.settings].reverse()) }
  t.same(encodeDesiredConfig(reversed), encodeDesiredConfig(FULL))
})

t.test('what is no such message is refused, and never throws anything else', async (t) => {
  const bytes = encodeDesiredConfig(FULL)
  const encode = (message: object) => DesiredConfig.encode({ schemaVersion: 1, ...message }).finish()
  const refused: [RegExp, Uint8Array][] = [
    [/schema_version is 0/, new Uint8Array(0)],
    [/schema_version is 2/, encode({ schemaVersion: 2 })],
    [/fields that this version does not know/, Buffer.concat([bytes, Uint8Array.of(0xf8, 0x01, 0x01)])],
    [/a second time/, encode({ settings: [1, 2].map(() => ({ path: 'x', value: '1' })) })],
    [/no JSON/, encode({ settings: [{ path: 'x', value: '{' }] })],
    [/no JSON/, encode({ settings: [{ path: 'x' }] })],
    [/longer than/, encode({ settings: [{ path: 'x'.repeat(129), value: '1' }] })],
    [/longer than/, encode({ settings: [{ path: 'x', value: `"${'x'.repeat(9000)}"` }] })],
    [
      /at most 256/,
      encode({ settings: Array.from({ length: 257 }, (_, i) => ({ path: `p${i}`, value: '1' })) }),
    ],
  ]
  for (const [message, payload] of refused) {
    t.throws(() => decodeDesiredConfig(payload), { code: 'CONFIG_INVALID', message })
  }
  for (let length = 0; length < bytes.length; length++) {
    try {
      decodeDesiredConfig(bytes.subarray(0, length))
    } catch (error) {
      if ((error as { code?: string }).code !== 'CONFIG_INVALID') t.fail(`cut to ${length}: ${error}`)
    }
  }
})

t.test('settings as messages, by path', async (t) => {
  t.same(
    settingMessages(
      new Map<string, unknown>([
        ['b', 'x'],
        ['a', [1]],
      ]),
    ),
    [
      { path: 'a', value: '[1]' },
      { path: 'b', value: '"x"' },
    ],
  )
})
