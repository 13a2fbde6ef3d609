import t from 'tap'
import { figuresOf } from '../../../lab/evaluate/figures.js'
import { judgedStream } from '../../support/judged-streams.js'

const attack = { streamClass: 'attack', label: 'TLS', capture: 'b.pcap', flow: 'tcp b 1' } as const

/** Worked out by hand: 10 clean streams of two captures, 20 attack streams of two labels and two captures. */
const STREAMS = [
  judgedStream({ count: 7 }),
  judgedStream({ count: 1, score: { loss: 2, sure: true, confidence: 0.9 }, flagged: { looseRule: true } }),
  judgedStream({ count: 2, capture: 'a2.pcap', flow: 'udp a2', context: 'udp-response' }),
  judgedStream({
    ...attack,
    context: 'tcp-query',
    count: 4,
    score: { loss: 3, sure: true },
    flagged: { looseRule: true },
  }),
  judgedStream({ ...attack, context: 'tcp-response', count: 4, score: { loss: 0.5 } }),
  judgedStream({
    ...attack,
    context: 'tcp-query',
    flow: 'tcp b 2',
    count: 2,
    score: { loss: 0.2, pattern: 'clean' },
  }),
  judgedStream({
    ...attack,
    capture: 'c.pcap',
    flow: 'udp c 1',
    label: 'NTP',
    count: 10,
    score: { loss: 5 },
  }),
  judgedStream({ streamClass: 'other', count: 1000, score: { loss: 5 } }),
]

t.test('streams, weighted by count', async (t) => {
  const figures = figuresOf(STREAMS, 'model', (stream) => stream.score.pattern === 'clean')!
  t.match(figures, {
    cleanStreams: 10,
    falseAlarms: 1,
    falseEscalations: 1,
    attackStreams: 20,
    missed: 6,
    missedSameAsClean: 2,
    escalated: 4,
  })
  t.same(Object.keys(figures.contexts), ['udp-query', 'udp-response', 'tcp-query', 'tcp-response'])
  t.match(figures.contexts['udp-query'], { cleanStreams: 8, falseAlarms: 1, attackStreams: 10, missed: 0 })
  t.match(figures.contexts['tcp-query'], {
    cleanStreams: 0,
    attackStreams: 6,
    missed: 2,
    missedSameAsClean: 2,
  })
  t.match(figures.contexts['tcp-response'], {
    attackStreams: 4,
    missed: 4,
    missedSameAsClean: 0,
    escalated: 0,
  })
})

t.test('flows: flagged when either direction is', async (t) => {
  const { flows } = figuresOf(STREAMS, 'model', () => false)!
  t.same(flows, { clean: 2, falseAlarms: 1, attack: 3, missed: 1 })
})

t.test('captures and labels, each weighing the same', async (t) => {
  const figures = figuresOf(STREAMS, 'model', () => false)!
  t.same(figures.captures, {
    clean: 2,
    withFalseAlarms: 1,
    meanFalseAlarmShare: (1 / 8 + 0) / 2,
    attack: 2,
    withMisses: 1,
    meanFoundShare: (0.4 + 1) / 2,
  })
  t.same(
    figures.labels.map(({ label, streams, missed }) => [label, streams, missed]),
    [
      ['TLS', 10, 6],
      ['NTP', 10, 0],
    ],
  )
  t.equal(figures.meanFoundByLabel, (0.4 + 1) / 2)
  t.equal(figures.falseAlarmShare.value, 0.1)
  t.equal(figures.foundShare.value, 0.7)
  t.equal(figures.foundShare.byCapture, undefined, 'two captures are too few to draw from')
})

t.test(
  'a detector that cannot judge a stream does not count it; one that can judge none has no figures',
  async (t) => {
    t.equal(
      figuresOf(STREAMS, 'nDPI', () => false),
      undefined,
    )
    const some = [...STREAMS, judgedStream({ ...attack, flagged: { nDPI: true } })]
    t.match(
      figuresOf(some, 'nDPI', () => false),
      { cleanStreams: 0, attackStreams: 1, missed: 0 },
    )
  },
)

t.test('only the model escalates, and only with the loose rule', async (t) => {
  const flagged = judgedStream({ ...attack, score: { loss: 9, sure: true }, flagged: { looseRule: true } })
  t.equal(figuresOf([flagged], 'model', () => false)!.escalated, 1)
  t.equal(figuresOf([flagged], 'looseRule', () => false)!.escalated, 0)
  const contradicted = judgedStream({ ...attack, score: { loss: 9, sure: true } })
  t.equal(figuresOf([contradicted], 'model', () => false)!.escalated, 0)
})
