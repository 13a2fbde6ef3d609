import type { ProgramFacts } from '../../lab/census/known-programs.js'
import type { CardFacts, ContextFacts } from './facts.js'
import { markdownTable as table } from './table.js'

/** What stands in a model card beside the model file's own facts. */
export interface CardSurroundings {
  /** By the SHA-256 of the census; censuses that are not known are absent. */
  programs: ReadonlyMap<string, readonly ProgramFacts[]>
  /** What people wrote for every model: method, limits, the validation of alerts. Markdown. */
  guide: string
}

/** The model card as Markdown: identity, data, figures, then the guide. */
export function cardMarkdown(facts: CardFacts, { programs, guide }: CardSurroundings): string {
  return `${[
    `# Model card: ${facts.name}, version ${facts.version}`,
    ...identity(facts),
    ...data(facts, programs),
    ...figures(facts),
    guide.trim(),
  ].join('\n\n')}\n`
}

function identity({ id, schemaVersion, bytes, provenance }: CardFacts): string[] {
  const settings = Object.entries(provenance.settings).map(([name, value]) => `${name} ${value}`)
  return [
    '## Identity',
    table(
      ['', ''],
      [
        ['id (SHA-256)', `\`${id}\``],
        ['size, schema', `${bytes} bytes, ${schemaVersion}`],
        ['made by', `firsteight ${provenance.toolVersion || 'unknown'}, seed ${provenance.seed}`],
        ['settings', settings.join(', ') || 'none recorded'],
        ['made from', provenance.parentModelId ? `\`${provenance.parentModelId}\`` : 'no other model'],
      ],
    ),
  ]
}

function data({ contexts, provenance }: CardFacts, programs: CardSurroundings['programs']): string[] {
  const sources = provenance.sources.map(({ name, role, sha256 }) => [name, role, `\`${sha256}\``])
  const learnt = contexts.map((context) => [
    context.context,
    `${context.trainingStreams}`,
    `${context.trainingPatterns}`,
    `${context.heldOutPatterns}`,
    `\`${context.inputMask}\``,
  ])
  return [
    '## Data',
    sources.length > 0 ? table(['source', 'role', 'SHA-256'], sources) : 'The model names no data.',
    'Streams and different patterns that each context learnt from; held-out patterns count once a fold. The network reads the bits that are set in the mask.',
    table(['context', 'streams', 'patterns', 'held-out patterns', 'input mask'], learnt),
    ...provenance.sources.flatMap(({ name, sha256 }) => {
      const known = programs.get(sha256)
      return known
        ? [
            `Recordings in ${name}, each named after the server or client it was made with:`,
            programTable(known),
          ]
        : []
    }),
  ]
}

function programTable(programs: readonly ProgramFacts[]): string {
  return table(
    ['recording', 'streams', 'patterns'],
    programs.map(({ program, streams, patterns }) => [program, `${streams}`, `${patterns}`]),
  )
}

function figures(facts: CardFacts): string[] {
  const losses = facts.contexts.map((context) => [
    context.context,
    context.shape,
    loss(context.highestTrainingLoss),
    context.heldOutPatterns > 0 ? loss(context.highestHeldOutLoss) : 'none held out',
    loss(context.threshold),
  ])
  return [
    '## Figures',
    'The network of each context, the highest loss of what it learnt from, the highest of what it did not, and the threshold.',
    table(['context', 'network', 'highest training loss', 'highest held-out loss', 'threshold'], losses),
    'How each threshold was chosen:',
    facts.contexts
      .map(({ context, thresholdMethod }) => `- ${context}: ${thresholdMethod || 'not said'}`)
      .join('\n'),
    ...calibration(facts.contexts),
    ...confidence(facts.contexts),
    `**Escalation gate.** ${gate(facts)}`,
  ]
}

function calibration(contexts: readonly ContextFacts[]): string[] {
  const rows = contexts.flatMap(({ context, calibration: table }) => {
    if (table === null) return []
    const { patterns, streams, highestLoss, falseAlarmsPerMillion, extrapolated, tail } = table
    return [
      [
        context,
        `${patterns}`,
        `${streams}`,
        loss(highestLoss),
        falseAlarmsPerMillion > 0
          ? `${falseAlarmsPerMillion}${extrapolated ? ', extrapolated' : ''}`
          : 'none',
        tail ? `shape ${tail.shape.toFixed(3)} above ${loss(tail.start)} (${tail.excesses})` : 'none',
      ],
    ]
  })
  if (rows.length === 0) return ['**Calibration.** None: alerts carry no p-value.']
  return [
    '**Calibration.** Held-out clean losses that p-values come from, the budget of false alarms in a million streams, and the fitted tail.',
    table(['context', 'patterns', 'streams', 'highest loss', 'budget', 'tail'], rows),
  ]
}

function confidence(contexts: readonly ContextFacts[]): string[] {
  const stated = contexts.filter((context) => context.confidence !== null)
  if (stated.length === 0) return ['**Confidence.** Uncalibrated: alerts carry no probability.']
  const rows = stated.map(({ context, confidence }) => {
    const { cleanPatterns, attackPatterns, attackLabels, brierScore, knots } = confidence!
    const [lowest, highest] = [knots[0]!, knots.at(-1)!]
    return [
      context,
      `${cleanPatterns}`,
      `${attackPatterns} of ${attackLabels} labels`,
      `${share(lowest[1])} at ${loss(lowest[0])}`,
      `${share(highest[1])} at ${loss(highest[0])}`,
      brierScore.toFixed(4),
    ]
  })
  const bins = stated.flatMap(({ context, confidence }) =>
    confidence!.reliability.map(({ stated, observed, weight }) => [
      context,
      share(stated),
      share(observed),
      share(weight),
    ]),
  )
  return [
    '**Confidence.** The probability that a stream is not DNS, from labelled traffic where each label weighs alike, and clean traffic as much as all of them; the Brier score is 0 at best, 0.25 for a coin.',
    table(['context', 'clean patterns', 'other patterns', 'lowest', 'highest', 'Brier score'], rows),
    'Of the labelled traffic that was given about the stated probability, the observed share was not DNS:',
    table(['context', 'stated', 'observed', 'share of the traffic'], bins),
  ]
}

function gate({ gate }: CardFacts): string {
  if (gate === null) return 'Closed, nothing measured: every alert goes to human review.'
  const state = gate.open
    ? 'Open: alerts of that confidence escalate unless the hand-written rule contradicts them.'
    : 'Closed: every alert goes to human review.'
  return (
    `${state} At confidence ${gate.confidence} or more, ${gate.correctAlerts} of ${gate.alerts} labelled patterns were not DNS: ` +
    `precision ${share(gate.precision)}, at least ${share(gate.precisionLowerBound)} (Wilson, 95%); required ${gate.requiredPrecision}.`
  )
}

function loss(value: number): string {
  return value.toFixed(6)
}

function share(value: number): string {
  return value.toFixed(4)
}
