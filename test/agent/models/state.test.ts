import t from 'tap'
import {
  FRESH_STATE,
  formatState,
  type ModelState,
  parseState,
  withRefused,
} from '../../../agent/models/state.js'
import { EVERY_NODE } from '../../../core/signature/target.js'
import { firsteight } from '../../../generated/messages.js'

const { RolloutStage, RolloutState } = firsteight.v1
const ID = 'ab'.repeat(32)
const order = { envelope: 'AAAA', signer: { keyId: ID, name: 'ops', publicKey: 'BBBB' } }
const STATE: ModelState = {
  active: { id: ID, ...order },
  previous: 'shipped',
  candidate: { id: 'cd'.repeat(32), ...order },
  highest: { version: 4, keyId: ID },
  minimumVersion: 3,
  lastAccepted: { all: { revision: 7, keyId: ID, digest: ID } },
  rollout: {
    order,
    acceptedAt: 9,
    report: {
      ...{ rolloutId: 'r', revision: 7, target: EVERY_NODE, stage: RolloutStage.SHADOW, modelId: ID },
      ...{ state: RolloutState.IN_PROGRESS, code: '', reason: '', activity: 'shadow', chosen: true },
      ...{ chunksHeld: 1, chunks: 2, sinceMicroseconds: 5, signerKeyId: ID, signerName: 'ops' },
    },
  },
  refused: [ID],
}

t.test('to text and back', async (t) => {
  t.match(parseState(formatState(STATE)), STATE)
  t.same(parseState(formatState(FRESH_STATE)), FRESH_STATE)
})

t.test('damaged state: each is said by name, and nothing is guessed', async (t) => {
  const plain = JSON.parse(formatState(STATE))
  const damaged: [change: object, message: RegExp][] = [
    [{ schemaVersion: 2 }, /schema version 2/],
    [{ active: undefined }, /active/],
    [{ active: { ...plain.active, id: '../../etc/passwd' } }, /active.id: expected 64 hex digits/],
    [{ candidate: 'shipped' }, /candidate/],
    [{ previous: { id: ID, envelope: 1, signer: order.signer } }, /previous/],
    [{ previous: { id: ID, envelope: '', signer: {} } }, /previous/],
    [{ highest: { version: 1.5, keyId: ID } }, /highest: expected a whole number/],
    [{ minimumVersion: '3' }, /minimumVersion/],
    [{ lastAccepted: { all: {} } }, /all/],
    [{ lastAccepted: null }, /lastAccepted/],
    [{ rollout: { ...plain.rollout, report: 'AAAA' } }, /./],
    [{ refused: {} }, /refused: expected a list/],
    [{ refused: [1] }, /refused/],
  ]
  for (const [change, message] of damaged) {
    t.throws(() => parseState(JSON.stringify({ ...plain, ...change })), message, JSON.stringify(change))
  }
  const text = formatState(STATE)
  for (let length = 0; length < text.length - 1; length++) t.throws(() => parseState(text.slice(0, length)))
})

t.test('the last sixteen refused models, each once, the newest last', async (t) => {
  let state = FRESH_STATE
  for (let number = 0; number < 20; number++) state = { ...state, refused: withRefused(state, `${number}`) }
  state = { ...state, refused: withRefused(state, '10') }
  t.equal(state.refused.length, 16)
  t.equal(state.refused[0], '4')
  t.equal(state.refused.at(-1), '10')
  t.equal(state.refused.filter((id) => id === '10').length, 1)
})
