import t from 'tap'
import { cardFacts } from '../../../cli/model-card/facts.js'
import { cardMarkdown } from '../../../cli/model-card/markdown.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'

const bare = randomModel({ seed: 3, contexts: ['udp-query', 'tcp-query'] })
const SURROUNDINGS = { programs: new Map(), guide: '## Guide\n' }

/** The first of the two contexts is calibrated. */
function calibrated(open: boolean) {
  const [first, second] = bare.contexts!
  return encodeModelFile({
    ...bare,
    contexts: [
      {
        ...first,
        calibration: {
          losses: [0.001, 0.002],
          patterns: [7, 2],
          streams: [900, 3],
          falseAlarmsPerMillion: 1,
          extrapolated: true,
          tail: { start: 0.0015, scale: 0.01, shape: -0.125, excesses: 2 },
        },
        confidence: {
          losses: [0.1, 0.4],
          probabilities: [0.05, 0.99],
          brierScore: 0.0125,
          reliability: [{ stated: 0.9, observed: 0.875, weight: 0.25 }],
        },
      },
      second!,
    ],
    gate: {
      confidence: 0.9,
      requiredPrecision: 0.95,
      precision: 0.99,
      precisionLowerBound: 0.96,
      alerts: 100,
      correctAlerts: 99,
      open,
    },
  })
}

const render = (open: boolean) => cardMarkdown(cardFacts(calibrated(open)), SURROUNDINGS)

t.test('calibration, confidence and gate are shown where the model has them', async (t) => {
  const card = render(true)
  t.match(
    card,
    /^\| udp-query \| 9 +\| 903 +\| 0\.002000 +\| 1, extrapolated \| shape -0\.125 above 0\.001500 \(2\) \|$/m,
  )
  t.match(card, /0\.0500 at 0\.100000 +\| 0\.9900 at 0\.400000 +\| 0\.0125/)
  t.match(card, /^\| udp-query \| 0\.9000 \| 0\.8750 +\| 0\.2500/m)
  t.match(card, '**Escalation gate.** Open')
  t.match(card, '99 of 100 labelled patterns were not DNS: precision 0.9900, at least 0.9600')
  t.match(render(false), '**Escalation gate.** Closed: every alert goes to human review.')
  t.ok(card.endsWith('\n\n## Guide\n'))
})

t.test('a model without them says so', async (t) => {
  const card = cardMarkdown(cardFacts(encodeModelFile(bare)), SURROUNDINGS)
  t.match(card, '**Calibration.** None')
  t.match(card, '**Confidence.** Uncalibrated')
  t.match(card, '**Escalation gate.** Closed, nothing measured')
  t.match(card, /tcp-query +\| 64-32-8-32-64 +\| 0\.000000 +\| none held out/)
})

t.test('the facts are plain JSON, zeros included', async (t) => {
  const facts = cardFacts(calibrated(false))
  t.same(JSON.parse(JSON.stringify(facts)), facts)
  t.equal(facts.gate!.open, false)
  t.equal(facts.calibrated, false, 'one context is not')
  t.match(facts.contexts[0], {
    calibration: { patterns: 9, streams: 903, differentLosses: 2, tail: { shape: -0.125 } },
    confidence: {
      knots: [
        [0.1, 0.05],
        [0.4, 0.99],
      ],
    },
  })
  t.equal(facts.contexts[1]!.calibration, null)
})

t.test('the programs of known data are listed', async (t) => {
  const sha256 = 'a'.repeat(64)
  const model = encodeModelFile({
    ...bare,
    provenance: { sources: [{ name: 'x|y.tsv', sha256, role: 'training' }] },
  })
  const programs = new Map([[sha256, [{ program: 'server', streams: 20, patterns: 4 }]]])
  const card = cardMarkdown(cardFacts(model), { ...SURROUNDINGS, programs })
  t.match(card, /^\| server +\| 20 +\| 4 +\|$/m)
  t.match(card, '| x\\|y.tsv | training |', 'a bar does not break the table')
})
