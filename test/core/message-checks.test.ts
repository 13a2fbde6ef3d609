import t from 'tap'
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkInteger,
  checkNumber,
  checkPresent,
  checkText,
  checkUuid,
} from '../../core/message-checks.js'

const refused = (check: () => void, message: RegExp) =>
  t.throws(check, { code: 'MESSAGE_INVALID', details: { field: 'a.b' }, message }, String(message))

t.test('limits belong to what is allowed', async () => {
  checkInteger('a.b', 5, 5)
  checkInteger('a.b', 0)
  checkNumber('a.b', 1, 1)
  checkBytes('a.b', new Uint8Array(8), { minimum: 8, maximum: 8 })
  checkText('a.b', 'é'.repeat(5), 5)
  checkCount('a.b', [1, 2], 2)
  checkEnum('a.b', 2, { UNSPECIFIED: 0, A: 1, B: 2 })
  checkPresent('a.b', 0)
  checkUuid('a.b', '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10')
})

t.test('each message names the field, what was expected and what was found', async () => {
  refused(() => checkInteger('a.b', 6, 5), /^a\.b: expected an integer from 0 to 5, found 6$/)
  refused(() => checkInteger('a.b', 2 ** 53), /found 9007199254740992$/)
  refused(() => checkInteger('a.b', 0.5), /found 0.5$/)
  refused(() => checkInteger('a.b', 0, 5, 1), /from 1 to 5/)
  refused(() => checkNumber('a.b', Number.NaN), /found NaN$/)
  refused(() => checkNumber('a.b', Number.POSITIVE_INFINITY), /found Infinity$/)
  refused(() => checkNumber('a.b', 1.1, 1), /from 0 to 1, found 1.1$/)
  refused(
    () => checkBytes('a.b', new Uint8Array(9), { minimum: 8, maximum: 8 }),
    /expected 8 bytes, found 9$/,
  )
  refused(() => checkBytes('a.b', new Uint8Array(9), { maximum: 8 }), /expected 0 to 8 bytes, found 9$/)
  refused(() => checkText('a.b', 'abc', 2), /at most 2 characters, found 3$/)
  refused(() => checkText('a.b', '\u001b', 2), /without control characters/)
  refused(() => checkCount('a.b', [1, 2, 3], 2), /at most 2 entries, found 3$/)
  refused(() => checkEnum('a.b', 0, { UNSPECIFIED: 0, A: 1 }), /a known enum value, found 0$/)
  refused(() => checkEnum('a.b', 2, { UNSPECIFIED: 0, A: 1 }), /found 2$/)
  refused(() => checkPresent('a.b', undefined), /a value, found none$/)
  refused(() => checkUuid('a.b', '6F9C2F2E-7D0A-4A55-9A3E-3F6F0F5F7A10'), /a UUID in lower case, found 36/)
})
