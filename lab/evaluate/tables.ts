import { CONTEXT_NAMES } from '../../core/contexts.js'
import type { DetectorResult, Evaluation, View } from './evaluate.js'
import type { DetectorFigures } from './figures.js'
import { interval, lossText, number, percent } from './format.js'
import { DETECTOR_NAMES, DETECTORS, type DetectorName } from './judge.js'
import type { ListedPattern } from './lists.js'

/** A table as text, for terminals and pages alike. */
export interface Table {
  heading: string[]
  rows: string[][]
  /** Columns of text, aligned to the left; the others hold numbers. */
  left: number[]
}

const SHORT_NAMES: Record<DetectorName, string> = {
  model: 'model',
  looseRule: 'loose',
  tunedRule: 'tuned',
  nDPI: 'nDPI',
  nDPIByContent: 'or port',
}

export function inputTable({ inputs }: Evaluation): Table {
  return {
    heading: ['class', 'file', 'kind', 'streams', 'captures', 'short', 'midstream'],
    rows: inputs.map((input) => [
      input.streamClass,
      input.file,
      input.kind,
      number(input.streams),
      number(input.captures),
      number(input.short),
      number(input.midstream),
    ]),
    left: [0, 1, 2],
  }
}

export function cleanTable(view: View): Table {
  return {
    heading: ['Clean', 'streams', 'alarms', 'a million', '95%', 'escalated', 'flows', 'captures'],
    rows: figuresByDetector(view).map(([name, figures]) => [
      DETECTORS[name],
      number(figures.cleanStreams),
      number(figures.falseAlarms),
      (figures.falseAlarmShare.value * 1e6).toFixed(1),
      interval(figures.falseAlarmShare, (share) => (share * 1e6).toFixed(0)),
      number(figures.falseEscalations),
      `${number(figures.flows.falseAlarms)} of ${number(figures.flows.clean)}`,
      `${number(figures.captures.withFalseAlarms)} of ${number(figures.captures.clean)}`,
    ]),
    left: [0],
  }
}

export function attackTable(view: View): Table {
  return {
    heading: [
      'Attack',
      'streams',
      'missed',
      'as clean',
      'found',
      '95%',
      'escalated',
      'flows',
      'a capture',
      'a label',
    ],
    rows: figuresByDetector(view).map(([name, figures]) => [
      DETECTORS[name],
      number(figures.attackStreams),
      number(figures.missed),
      number(figures.missedSameAsClean),
      percent(figures.foundShare.value),
      interval(figures.foundShare, (share) => (share * 100).toFixed(1)),
      number(figures.escalated),
      number(figures.flows.missed),
      percent(figures.captures.meanFoundShare, 1),
      percent(figures.meanFoundByLabel, 1),
    ]),
    left: [0],
  }
}

/** False alarms of each detector, then misses of each. */
export function contextTable(view: View): Table {
  const detectors = figuresByDetector(view)
  const names = detectors.map(([name]) => SHORT_NAMES[name])
  const rows = CONTEXT_NAMES.flatMap((context) => {
    const own = detectors.map(([, figures]) => figures.contexts[context])
    if (own.every((figures) => figures === undefined)) return []
    return [
      [
        context,
        number(own[0]?.cleanStreams ?? 0),
        ...own.map((figures) => number(figures?.falseAlarms ?? 0)),
        number(own[0]?.attackStreams ?? 0),
        ...own.map((figures) => number(figures?.missed ?? 0)),
      ],
    ]
  })
  return { heading: ['By context', 'clean', ...names, 'attack', ...names], rows, left: [0] }
}

/** Labels with misses, most first. */
export function labelTable({ figures }: DetectorResult): Table {
  return {
    heading: ['label', 'streams', 'missed', 'as clean'],
    rows: figures.labels
      .filter((label) => label.missed > 0)
      .map((label) => [
        label.label,
        number(label.streams),
        number(label.missed),
        number(label.missedSameAsClean),
      ]),
    left: [0],
  }
}

export function patternTable(patterns: readonly ListedPattern[]): Table {
  return {
    heading: ['context', 'first eight', 'label', 'streams', 'captures', 'loss', 'confidence', ''],
    rows: patterns.map((entry) => [
      entry.context,
      entry.example,
      entry.label,
      number(entry.count),
      number(entry.captures),
      lossText(entry.loss),
      entry.confidence === undefined ? '' : entry.confidence.toFixed(3),
      [entry.sameAsClean ? 'as clean' : '', entry.escalated ? 'escalated' : ''].filter(Boolean).join(', '),
    ]),
    left: [0, 1, 2, 7],
  }
}

export function otherTable({ others }: Evaluation): Table {
  return {
    heading: [
      'Neither clean nor attack',
      'streams',
      'model flags',
      'escalates',
      'loose flags',
      'tuned flags',
    ],
    rows: others.map(({ file, label, streams, escalated, flagged }) => [
      `${file.split('/').at(-1)}: ${label}`,
      number(streams),
      number(flagged.model ?? 0),
      number(escalated),
      number(flagged.looseRule ?? 0),
      number(flagged.tunedRule ?? 0),
    ]),
    left: [0],
  }
}

/** What the tables' words mean, a line each. */
export function notes({ ndpi, knownPatterns, inputs }: Evaluation): string[] {
  const captures = inputs.some((input) => input.kind === 'capture')
  return [
    'alarms: false alarms, by streams, by flows and by captures with any.',
    "95%: the wider of Wilson's interval and of drawing whole captures.",
    `as clean: missed, and the masked eight bytes are one of ${number(knownPatterns.size)} clean patterns known.`,
    `clean patterns: of ${knownPatterns.sources.join(' and ')}.`,
    'flows (attack): missed in both directions. a capture, a label: mean found share, each weighing the same.',
    'In tables and censuses, which do not tell flows, streams of one capture, label and transport are one flow.',
    ndpi.version === undefined
      ? 'nDPI: ndpiReader is not installed; left out.'
      : captures
        ? `nDPI ${ndpi.version}, on captures alone.`
        : `nDPI ${ndpi.version} judges captures alone, and none was given.`,
    ...ndpi.notes,
  ]
}

function figuresByDetector(view: View): [DetectorName, DetectorFigures][] {
  return DETECTOR_NAMES.flatMap((name) => {
    const result = view.detectors[name]
    return result ? [[name, result.figures] as [DetectorName, DetectorFigures]] : []
  })
}
