import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  decodeTrustedKeys,
  encodeTrustedKeys,
  formatTrustFile,
  readTrustFile,
  trustedKeys,
} from '../../../core/signature/trusted-keys.js'
import { firsteight } from '../../../generated/messages.js'
import { testKey, trusting } from '../../support/signing.js'

const one = testKey('one')
const two = testKey('two', ['command'])
const summary = ({ revision, byId }: ReturnType<typeof trusting>) => ({
  revision,
  keys: [...byId].map(([id, { name, roles }]) => ({ id, name, roles })),
})

t.test('keys come back from file and message', async (t) => {
  const keys = trusting(one, two)
  const path = join(t.testdir(), 'trusted-keys.json')
  writeFileSync(path, formatTrustFile(keys))
  t.same(summary(await readTrustFile(path)), summary(keys))
  t.same(summary(decodeTrustedKeys(encodeTrustedKeys(keys), 3)), { ...summary(keys), revision: 3 })
})

t.test('sets that cannot work are refused', async (t) => {
  const refused = (pattern: RegExp, keys: ReturnType<typeof testKey>['trusted'][]) =>
    t.throws(() => trustedKeys(0, keys), { code: 'TRUST_INVALID', message: pattern }, String(pattern))
  refused(/1 to 16, found 0/, [])
  refused(
    /found 17/,
    Array.from({ length: 17 }, () => testKey('x').trusted),
  )
  refused(/none has the role "keys"/, [two.trusted])
  refused(/same key twice/, [one.trusted, one.trusted])
  refused(/name/, [{ ...one.trusted, name: '' }])
  refused(/name/, [{ ...one.trusted, name: 'a\u001b' }])
  refused(/roles/, [{ ...one.trusted, roles: [] }])
  refused(/roles/, [{ ...one.trusted, roles: ['keys', 'keys'] }])
})

t.test('a role of a later version is passed over', async (t) => {
  const publicKey = one.trusted.key.bytes
  const later = firsteight.v1.TrustedKeys.encode({
    keys: [{ publicKey, name: 'one', roles: [1, 99 as never] }],
  }).finish()
  t.same(summary(decodeTrustedKeys(later, 1)).keys[0]?.roles, ['keys'])
})

t.test('a damaged file is refused, naming it', async (t) => {
  const path = join(t.testdir(), 'trusted-keys.json')
  const text = formatTrustFile(trusting(one))
  const damaged = [
    '',
    '{',
    '[]',
    'null',
    '{"revision":-1,"keys":[]}',
    '{"revision":0,"keys":{}}',
    '{"revision":0,"keys":[1]}',
  ]
  damaged.push(text.replace('"keys"', '"kings"'), text.replace('"publicKey": "M', '"publicKey": "N'))
  damaged.push(text.replace('"command"', '"comma"'), ' '.repeat(70_000))
  for (const content of damaged) {
    writeFileSync(path, content)
    await t.rejects(
      readTrustFile(path),
      { code: 'TRUST_INVALID', details: { file: path } },
      content.slice(0, 30),
    )
  }
  await t.rejects(readTrustFile(`${path}.none`), { code: 'FILE_UNREADABLE' })
})
