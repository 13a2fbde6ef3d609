import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readEnvelope, signNow, writeEnvelope } from '../../cli/signing.js'
import { generateKeyPair, readVerifyingKey } from '../../core/signature/keys.js'
import { trustedKeys } from '../../core/signature/trusted-keys.js'
import { verifyEnvelope } from '../../core/signature/verify.js'

const WHAT = {
  payloadType: 'firsteight.v1.Command',
  payload: Buffer.from('x'),
  target: { site: 'a', node: 'b' },
} as const

t.test('what is signed here and read there is accepted by who trusts the key', async (t) => {
  const folder = t.testdir()
  const { privatePem, publicPem } = generateKeyPair('secret')
  const [signWith, publicKey] = [join(folder, 'ops.key'), join(folder, 'ops.pub')]
  const passphraseFile = join(folder, 'passphrase')
  await writeFile(signWith, privatePem, { mode: 0o600 })
  await writeFile(publicKey, publicPem)
  await writeFile(passphraseFile, 'secret\n')
  const key = await readVerifyingKey(publicKey)
  const keys = trustedKeys(0, [{ key, name: 'ops', roles: ['keys', 'command'] }])

  const before = Date.now()
  const path = join(folder, 'signed')
  await writeEnvelope(path, await signNow(WHAT, { signWith, passphraseFile, validDays: 1 }))
  const { envelope, statement } = await readEnvelope(path)
  const { keyName } = verifyEnvelope(envelope, {
    keys,
    payloadType: 'firsteight.v1.Command',
    receiver: { site: 'a', node: 'b' },
    now: before * 1000,
  })
  t.equal(keyName, 'ops')
  t.ok(statement.revision >= before)
  t.match(await signNow(WHAT, { signWith, passphraseFile, validDays: 1, revision: 7 }), Buffer)

  await t.rejects(signNow(WHAT, { signWith, validDays: 1 }), { code: 'KEY_INVALID' })
  await t.rejects(signNow(WHAT, { validDays: 1 }), { code: 'USAGE', hint: /keygen/ })
  await t.rejects(readEnvelope(join(folder, 'none')), { code: 'FILE_UNREADABLE' })
  await t.rejects(readEnvelope(publicKey), { code: 'ENVELOPE_MALFORMED' })
})
