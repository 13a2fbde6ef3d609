import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { encodeChain, MAXIMUM_CHAIN, TrustStore } from '../../../core/signature/trust-store.js'
import { formatTrustFile } from '../../../core/signature/trusted-keys.js'
import { NOW, signedKeys, type TestKey, testKey, trusting } from '../../support/signing.js'

const receiver = { site: 'branch-17', node: 'gate' }
const first = testKey('first')
const second = testKey('second')
const third = testKey('third')
const stranger = testKey('stranger')
const clerk = testKey('clerk', ['command'])

async function storeTrusting(t: Test, ...keys: TestKey[]) {
  const path = join(t.testdir(), 'trusted-keys.json')
  writeFileSync(path, formatTrustFile(trusting(...keys)))
  const open = () => TrustStore.open({ path, receiver })
  return { store: await open(), open, path }
}

const names = ({ keys }: TrustStore) => [...keys.byId.values()].map(({ name }) => name)

t.test('a chain is followed from the present keys to its end, and kept on disk', async (t) => {
  const { store, open } = await storeTrusting(t, first)
  const chain = [signedKeys(first, 1, [first, second]), signedKeys(second, 2, [third])]
  t.equal(await store.follow(encodeChain(chain.slice(0, 1)), NOW), true)
  t.same(names(store), ['first', 'second'])
  t.equal(await store.follow(encodeChain(chain), NOW), true)
  t.same(names(store), ['third'])
  t.equal(await store.follow(encodeChain(chain), NOW), false, 'nothing new')
  const reopened = await open()
  t.same(names(reopened), ['third'])
  t.equal(reopened.keys.revision, 2)
  t.equal(await reopened.follow(encodeChain(chain), NOW), false)
})

t.test(
  'an agent that slept through changes follows them all, even where the ones between have expired',
  async (t) => {
    const { store } = await storeTrusting(t, first)
    const chain = [
      signedKeys(first, 1, [second], { expiresAt: NOW - 1 }),
      signedKeys(second, 2, [third], { expiresAt: NOW - 1 }),
      signedKeys(third, 3, [third, first]),
    ]
    await t.rejects(store.follow(encodeChain(chain.slice(0, 2)), NOW), { code: 'ENVELOPE_EXPIRED' })
    t.same(names(store), ['first'])
    t.equal(await store.follow(encodeChain(chain), NOW), true)
    t.same(names(store), ['third', 'first'])
  },
)

t.test('a chain with a false link changes nothing', async (t) => {
  const good = signedKeys(first, 1, [first, second])
  const refused: [string, string, Uint8Array][] = [
    ['a stranger', 'SIGNATURE_UNKNOWN_KEY', encodeChain([good, signedKeys(stranger, 2, [stranger])])],
    [
      'a key that was replaced',
      'SIGNATURE_UNKNOWN_KEY',
      encodeChain([signedKeys(first, 1, [second]), signedKeys(first, 2, [first])]),
    ],
    ['a key without the role', 'SIGNATURE_KEY_ROLE', encodeChain([signedKeys(clerk, 1, [clerk, first])])],
    ['the same revision twice', 'ENVELOPE_MALFORMED', encodeChain([good, signedKeys(second, 1, [second])])],
    [
      'another node',
      'ENVELOPE_TARGET',
      encodeChain([signedKeys(first, 1, [second], { target: { site: 'x', node: '' } })]),
    ],
    [
      'another type',
      'ENVELOPE_TYPE',
      encodeChain([signedKeys(first, 1, [second], { payloadType: 'firsteight.v1.Command' })]),
    ],
    [
      'no key left',
      'TRUST_INVALID',
      encodeChain([signedKeys(first, 1, [second], { payload: new Uint8Array(0) })]),
    ],
    ['no link', 'ENVELOPE_MALFORMED', new Uint8Array(0)],
    ['too many links', 'ENVELOPE_MALFORMED', encodeChain(Array(MAXIMUM_CHAIN + 1).fill(good))],
    ['noise', 'ENVELOPE_MALFORMED', Buffer.from('noise')],
  ]
  const { store, path } = await storeTrusting(t, first, clerk)
  const before = readFileSync(path, 'utf8')
  for (const [what, code, chain] of refused) await t.rejects(store.follow(chain, NOW), { code }, what)
  t.same(names(store), ['first', 'clerk'])
  t.equal(readFileSync(path, 'utf8'), before)
})

t.test('keys that cannot be written do not count', async (t) => {
  const { store, path } = await storeTrusting(t, first)
  const blocked = await TrustStore.open({
    path,
    receiver,
    step: () => {
      throw new Error('the disk is full')
    },
  })
  const chain = encodeChain([signedKeys(first, 1, [second])])
  await t.rejects(blocked.follow(chain, NOW), { code: 'FILE_UNWRITABLE' })
  t.same(names(blocked), ['first'])
  t.notOk(existsSync(`${path}.${process.pid}.partial`))
  t.equal(await store.follow(chain, NOW), true)
})
