import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  generateKeyPair,
  PUBLIC_KEY_BYTES,
  readSigningKey,
  readVerifyingKey,
  verifyingKeyFrom,
} from '../../../core/signature/keys.js'
import { requires } from '../../support/requires.js'

function keyFiles(t: Test, passphrase?: string) {
  const pair = generateKeyPair(passphrase)
  const folder = t.testdir({ 'a.key': pair.privatePem, 'a.pub': pair.publicPem })
  const paths = { privateKey: join(folder, 'a.key'), publicKey: join(folder, 'a.pub') }
  chmodSync(paths.privateKey, 0o600)
  return { ...pair, ...paths }
}

t.test('a key pair is read back from its files, with the same id', async (t) => {
  const { id, privateKey, publicKey } = keyFiles(t)
  t.match(id, /^[0-9a-f]{64}$/)
  t.equal((await readSigningKey(privateKey)).id, id)
  const verifying = await readVerifyingKey(publicKey)
  t.equal(verifying.id, id)
  t.equal(verifying.bytes.length, PUBLIC_KEY_BYTES)
  t.equal(verifyingKeyFrom(verifying.bytes).id, id)
  t.not(generateKeyPair().id, id)
})

t.test('openssl reads the files and gives the same id', requires({ programs: ['openssl'] }), async (t) => {
  const { id, privateKey, publicKey } = keyFiles(t)
  for (const input of [
    ['-in', privateKey, '-pubout'],
    ['-pubin', '-in', publicKey],
  ]) {
    const der = execFileSync('openssl', ['pkey', ...input, '-outform', 'DER'])
    t.equal(createHash('sha256').update(der).digest('hex'), id)
  }
})

t.test('an encrypted key needs its passphrase', async (t) => {
  const { id, privateKey, privatePem } = keyFiles(t, 'correct horse')
  t.match(privatePem, 'ENCRYPTED')
  t.equal((await readSigningKey(privateKey, 'correct horse')).id, id)
  await t.rejects(readSigningKey(privateKey, 'wrong'), { code: 'KEY_INVALID', details: { file: privateKey } })
  await t.rejects(readSigningKey(privateKey), { code: 'KEY_INVALID' })
})

t.test('a private key that others may read is refused', async (t) => {
  const { privateKey } = keyFiles(t)
  for (const mode of [0o640, 0o604, 0o666]) {
    chmodSync(privateKey, mode)
    await t.rejects(readSigningKey(privateKey), { code: 'KEY_INVALID', hint: `chmod 600 ${privateKey}` })
  }
})

t.test('other keys and other files are refused', async (t) => {
  const { privateKey, publicKey } = keyFiles(t)
  chmodSync(publicKey, 0o600)
  await t.rejects(readSigningKey(publicKey), { code: 'KEY_INVALID' })
  await t.rejects(readVerifyingKey(privateKey), { code: 'KEY_INVALID', message: /a private key/ })
  await t.rejects(readVerifyingKey(`${publicKey}.none`), { code: 'FILE_UNREADABLE' })
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(publicKey, elliptic.publicKey.export({ type: 'spki', format: 'pem' }))
  await t.rejects(readVerifyingKey(publicKey), { code: 'KEY_INVALID', message: /its type is ec/ })
  writeFileSync(publicKey, 'x'.repeat(20_000))
  await t.rejects(readVerifyingKey(publicKey), { code: 'FILE_UNREADABLE', message: /longer than/ })
})

t.test('public keys as bytes have one encoding', async (t) => {
  const { bytes } = await readVerifyingKey(keyFiles(t).publicKey)
  for (let length = 0; length < bytes.length; length++) {
    t.throws(() => verifyingKeyFrom(bytes.subarray(0, length)), `${length} bytes`)
  }
  t.throws(() => verifyingKeyFrom(Buffer.concat([bytes, Buffer.alloc(1)])))
})
