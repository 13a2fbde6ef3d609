import t from 'tap'
import { checkVersion } from '../../../agent/models/lowest-version.js'
import { testKey, trusting } from '../../support/signing.js'

const [ops, gone] = [testKey('ops'), testKey('gone')]
const keys = trusting(ops)
const old = { code: 'MODEL_OLD_VERSION' }

t.test('no version below those that an order or an earlier one allows', async (t) => {
  const state = { highest: undefined, minimumVersion: 3 }
  for (const [version, minimum] of [
    [2, 0],
    [3, 4],
  ] as const)
    t.throws(() => checkVersion(version, minimum, state, keys), old, `${version} of ${minimum}`)
  checkVersion(3, 0, state, keys)
  checkVersion(4, 4, state, keys)
})

t.test(
  'no version below the highest that was active, unless it is gone back to, or its key is trusted no more',
  async (t) => {
    const highest = { version: 7, keyId: ops.signing.id }
    t.throws(() => checkVersion(6, 0, { highest, minimumVersion: 0 }, keys), {
      ...old,
      details: { version: 6, lowest: 7 },
    })
    checkVersion(7, 0, { highest, minimumVersion: 0 }, keys)
    checkVersion(6, 0, { highest, minimumVersion: 0 })
    t.throws(() => checkVersion(6, 7, { highest, minimumVersion: 0 }), old)
    checkVersion(6, 0, { highest: { version: 7, keyId: gone.signing.id }, minimumVersion: 0 }, keys)
  },
)
