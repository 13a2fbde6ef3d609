import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { FirsteightError, messageOf } from '../errors.js'

/** Ed25519 keys (RFC 8032) in PEM files: PKCS #8 for private keys, SubjectPublicKeyInfo for public ones (RFC 8410). */

/** Bytes of an Ed25519 key's SubjectPublicKeyInfo in DER, RFC 8410 section 10.1. */
export const PUBLIC_KEY_BYTES = 44
export const KEY_ID_BYTES = 32
const KEY_FILE_LIMIT = 16_384
/** Rights of group and others in a file's mode. */
const OTHERS = 0o077

/** A key that signs. Never log it. */
export interface SigningKey {
  /** SHA-256 of the public key's SubjectPublicKeyInfo (DER), lower-case hex: `openssl pkey -pubin -outform DER | sha256sum`. */
  readonly id: string
  readonly privateKey: KeyObject
}

/** A key that verifies. */
export interface VerifyingKey {
  readonly id: string
  readonly publicKey: KeyObject
  /** SubjectPublicKeyInfo (DER), 44 bytes. */
  readonly bytes: Uint8Array
}

/** A new key pair, as PEM text. With a passphrase the private key is encrypted (PBES2, AES-256-CBC). */
export function generateKeyPair(passphrase?: string): { id: string; privatePem: string; publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  return {
    id: keyId(publicKey),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/**
 * @param passphrase of an encrypted key
 * @throws FirsteightError FILE_UNREADABLE; KEY_INVALID when others may read the file, or it holds no Ed25519 private key
 */
export async function readSigningKey(path: string, passphrase?: string): Promise<SigningKey> {
  const { text, mode } = await readKeyFile(path)
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw keyInvalid(path, 'others than its owner may read it', `chmod 600 ${path}`)
  }
  try {
    const privateKey = createPrivateKey({ key: text, format: 'pem', ...(passphrase && { passphrase }) })
    checkType(privateKey)
    return { id: keyId(createPublicKey(privateKey)), privateKey }
  } catch (error) {
    throw keyInvalid(
      path,
      `no usable Ed25519 private key: ${messageOf(error)}`,
      'Give the private key that `firsteight keygen` wrote, and its passphrase file if it has one.',
      error,
    )
  }
}

/** @throws FirsteightError FILE_UNREADABLE; KEY_INVALID when the file holds no Ed25519 public key, or a private one */
export async function readVerifyingKey(path: string): Promise<VerifyingKey> {
  const { text } = await readKeyFile(path)
  const hint = 'Give the public key that `firsteight keygen` wrote.'
  if (text.includes('PRIVATE KEY'))
    throw keyInvalid(path, 'a private key, which must stay with its owner', hint)
  try {
    return verifyingKey(createPublicKey({ key: text, format: 'pem' }))
  } catch (error) {
    throw keyInvalid(path, `no Ed25519 public key: ${messageOf(error)}`, hint, error)
  }
}

/**
 * @param bytes SubjectPublicKeyInfo (DER): untrusted
 * @throws Error when they are no Ed25519 public key in the one encoding that there is
 */
export function verifyingKeyFrom(bytes: Uint8Array): VerifyingKey {
  const key = verifyingKey(createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' }))
  if (Buffer.compare(key.bytes, bytes) !== 0) throw new Error('another encoding of the key')
  return key
}

function verifyingKey(publicKey: KeyObject): VerifyingKey {
  checkType(publicKey)
  const bytes = publicKey.export({ type: 'spki', format: 'der' })
  return { id: keyId(publicKey), publicKey, bytes }
}

function keyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

function checkType({ asymmetricKeyType }: KeyObject): void {
  if (asymmetricKeyType !== 'ed25519') throw new Error(`its type is ${asymmetricKeyType}`)
}

async function readKeyFile(path: string): Promise<{ text: string; mode: number }> {
  try {
    const { size, mode } = await stat(path)
    if (size > KEY_FILE_LIMIT) throw new Error(`longer than ${KEY_FILE_LIMIT} bytes`)
    return { text: await readFile(path, 'utf8'), mode }
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `key file ${path}: ${messageOf(error)}`, {
      hint: 'Check the path and the permissions of the file.',
      details: { file: path },
      cause: error,
    })
  }
}

function keyInvalid(path: string, problem: string, hint: string, cause?: unknown): FirsteightError {
  return new FirsteightError('KEY_INVALID', `key file ${path}: ${problem}`, {
    hint,
    details: { file: path },
    cause,
  })
}
