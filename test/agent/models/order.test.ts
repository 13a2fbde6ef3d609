import t from 'tap'
import { levelOf, readAccepted, readOrder } from '../../../agent/models/order.js'
import { shipped, signedManifest, testManifest } from '../../support/models.js'
import { testKey, trusting } from '../../support/signing.js'

const [ops, config, stranger] = [testKey('ops'), testKey('config', ['config']), testKey('stranger')]
const receiver = { site: 'test', node: 'edge' }
const now = Date.now() * 1000
const HOUR = 3_600_000_000
const manifest = testManifest(shipped)

function read(envelope: Uint8Array, change: { now?: number; lowest?: number } = {}) {
  return readOrder(envelope, {
    keys: trusting(ops, config),
    receiver,
    now: change.now ?? now,
    lowestRevision: () => change.lowest ?? 0,
  })
}

t.test('an order, verified and read; its revision is asked for by level', async (t) => {
  const envelope = signedManifest(ops, manifest, { target: { site: 'test', node: '' } })
  const levels: string[] = []
  const order = readOrder(envelope, {
    keys: trusting(ops),
    receiver,
    now,
    lowestRevision: (level) => levels.push(level) * 0,
  })
  t.same(levels, ['site'])
  t.equal(order.manifest.model?.id, shipped.id)
  t.match(order.accepted.signer, { keyId: ops.signing.id, name: 'ops' })
  t.equal(Buffer.from(order.accepted.envelope, 'base64').compare(envelope), 0)
})

t.test('orders that are refused', async (t) => {
  const refused: [
    what: string,
    code: string,
    envelope: Uint8Array,
    change?: { now?: number; lowest?: number },
  ][] = [
    ['noise', 'ENVELOPE_MALFORMED', Buffer.from('noise')],
    ['a stranger', 'SIGNATURE_UNKNOWN_KEY', signedManifest(stranger, manifest)],
    ['a key without that role', 'SIGNATURE_KEY_ROLE', signedManifest(config, manifest)],
    [
      'for another node',
      'ENVELOPE_TARGET',
      signedManifest(ops, manifest, { target: { site: 'test', node: 'b' } }),
    ],
    ['expired', 'ENVELOPE_EXPIRED', signedManifest(ops, manifest), { now: now + 9 * HOUR }],
    [
      'an old revision',
      'ENVELOPE_OLD_REVISION',
      signedManifest(ops, manifest, { revision: 3 }),
      { lowest: 4 },
    ],
    ['no manifest', 'MESSAGE_INVALID', signedManifest(ops, manifest, { payload: Buffer.from([0xff]) })],
  ]
  for (const [what, code, envelope, change] of refused) t.throws(() => read(envelope, change), { code }, what)
})

t.test(
  'what was accepted is read again, expired and by a key that is trusted no more, but not changed',
  async (t) => {
    const envelope = signedManifest(ops, manifest, { notBefore: now - 3 * HOUR, expiresAt: now - HOUR })
    const { accepted } = read(envelope, { now: now - 2 * HOUR })
    t.equal(readAccepted(accepted, receiver).manifest.rolloutId, manifest.rolloutId)
    const bytes = Buffer.from(accepted.envelope, 'base64')
    bytes[bytes.length >> 1]! ^= 1
    t.throws(() => readAccepted({ ...accepted, envelope: bytes.toString('base64') }, receiver))
    t.throws(() => readAccepted({ ...accepted, signer: { ...accepted.signer, publicKey: 'AAAA' } }, receiver))
  },
)

t.test('levels', async (t) => {
  t.equal(levelOf({ site: '', node: '' }), 'all')
  t.equal(levelOf({ site: 's', node: '' }), 'site')
  t.equal(levelOf({ site: 's', node: 'n' }), 'node')
})
