import t from 'tap'
import { decodeModelReport, encodeModelReport } from '../../core/model-report.js'
import { firsteight } from '../../generated/messages.js'

const { Context, RolloutStage, RolloutState } = firsteight.v1
const ID = 'ab'.repeat(32)

function sample(): firsteight.v1.ModelReport.$Properties {
  const slot = { id: ID, name: 'default', version: 1, signerKeyId: '', signerName: '', signerTrusted: true }
  return {
    header: { schemaVersion: 1, site: 's', node: 'n', bootId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10' },
    active: slot,
    previous: { ...slot, signerKeyId: ID, signerName: 'ops' },
    rollout: {
      rolloutId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a11',
      revision: 7,
      target: { site: '', node: '' },
      stage: RolloutStage.SHADOW,
      modelId: ID,
      state: RolloutState.REJECTED,
      code: 'MODEL_OUT_OF_BOUNDS',
      reason: 'too many',
      shadow: {
        seconds: 9,
        contexts: [{ context: Context.UDP_QUERY, streams: 10, onlyCandidate: 10 }],
        examples: [
          { context: Context.UDP_QUERY, firstEight: new Uint8Array(8), activeLoss: 0, candidateLoss: 2 },
        ],
      },
      watch: { intervals: 1, streams: 5 },
    },
    refused: 3,
    lastRefusal: { code: 'SIGNATURE_MISSING', message: 'no', topic: 'a/b', atMicroseconds: 9 },
  }
}

t.test('there and back; what is absent stays absent', async (t) => {
  const report = decodeModelReport(encodeModelReport(sample()))
  t.match(report, { active: { name: 'default' }, rollout: { shadow: { seconds: 9 } }, refused: 3 })
  t.equal(report.candidate, null)
  const { rollout: _rollout, lastRefusal: _refusal, previous: _previous, ...least } = sample()
  t.match(decodeModelReport(encodeModelReport(least)), { rollout: null, lastRefusal: null, previous: null })
})

t.test('nothing that is not checked gets through', async (t) => {
  const changes: [RegExp, (report: firsteight.v1.ModelReport.$Properties) => unknown][] = [
    [/header/, (report) => (report.header = null)],
    [/active/, (report) => (report.active = null)],
    [/active.id/, (report) => (report.active!.id = 'x')],
    [/previous.signer_key_id/, (report) => (report.previous!.signerKeyId = 'x')],
    [/previous.name/, (report) => (report.previous!.name = '\u001b[2J')],
    [/rollout.target/, (report) => (report.rollout!.target = { site: '', node: 'n' })],
    [/rollout.state/, (report) => (report.rollout!.state = 99 as never)],
    [/rollout.stage/, (report) => (report.rollout!.stage = 0)],
    [/rollout.reason/, (report) => (report.rollout!.reason = 'x'.repeat(600))],
    [/rollout.model_id/, (report) => (report.rollout!.modelId = 'x')],
    [/shadow.contexts.context/, (report) => (report.rollout!.shadow!.contexts![0]!.context = 0)],
    [/shadow.contexts: /, (report) => (report.rollout!.shadow!.contexts = Array(5).fill({ context: 1 }))],
    [/first_eight/, (report) => (report.rollout!.shadow!.examples![0]!.firstEight = new Uint8Array(7))],
    [/active_loss/, (report) => (report.rollout!.shadow!.examples![0]!.activeLoss = Number.NaN)],
    [/last_refusal.message/, (report) => (report.lastRefusal!.message = '\n')],
  ]
  for (const [message, change] of changes) {
    const report = sample()
    change(report)
    t.throws(() => encodeModelReport(report), { code: 'MESSAGE_INVALID', message })
  }
  const bytes = encodeModelReport(sample())
  for (let length = 0; length < bytes.length; length++) {
    try {
      decodeModelReport(bytes.subarray(0, length))
    } catch (error) {
      t.match(error, { code: 'MESSAGE_INVALID' })
    }
  }
})
