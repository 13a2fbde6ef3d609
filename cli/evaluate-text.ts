import { CONTEXT_NAMES } from '../core/contexts.js'
import { comparisons } from '../lab/evaluate/compare.js'
import type { Evaluation, View } from '../lab/evaluate/evaluate.js'
import type { DetectorFigures, Share } from '../lab/evaluate/figures.js'
import { DETECTOR_NAMES, DETECTORS, type DetectorName } from '../lab/evaluate/judge.js'
import type { ListedPattern } from '../lab/evaluate/lists.js'
import { textTable } from './text-table.js'

/** Lines of a list before the rest is only counted. */
const LISTED = 12

/** The evaluation as tables for a terminal, at most 110 columns wide where names are not longer than usual. */
export function evaluationText(evaluation: Evaluation): string {
  const [whole] = evaluation.views
  return [
    inputsText(evaluation),
    ...evaluation.views.map(viewText),
    contextsText(whole!),
    `The model and the others\n${indent(comparisons(whole!).join('\n'))}`,
    ...listsText(whole!, 'model'),
    ...listsText(whole!, 'tunedRule'),
    othersText(evaluation),
    notesText(evaluation),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function inputsText({ inputs, model }: Evaluation): string {
  const rows = inputs.map((input) => [
    input.streamClass,
    input.file,
    input.kind,
    number(input.streams),
    number(input.captures),
    number(input.short),
    number(input.midstream),
  ])
  const heading = ['class', 'file', 'kind', 'streams', 'captures', 'short', 'midstream']
  return `Model ${model.model.name} ${model.model.version}, id ${model.id}\n\n${textTable([heading, ...rows], [1, 2])}`
}

function viewText(view: View): string {
  const title = view.excluded === undefined ? '' : `, without captures under ${view.excluded}`
  const detectors = detectorsOf(view)
  const clean = detectors.map(([name, figures]) => [
    DETECTORS[name],
    number(figures.cleanStreams),
    number(figures.falseAlarms),
    (figures.falseAlarmShare.value * 1e6).toFixed(1),
    interval(figures.falseAlarmShare, (share) => (share * 1e6).toFixed(0)),
    number(figures.falseEscalations),
    `${number(figures.flows.falseAlarms)} of ${number(figures.flows.clean)}`,
    `${number(figures.captures.withFalseAlarms)} of ${number(figures.captures.clean)}`,
  ])
  const attack = detectors.map(([name, figures]) => [
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
  ])
  const cleanHeading = ['Clean', 'streams', 'alarms', 'a million', '95%', 'escalated', 'flows', 'captures']
  const attackHeading = [
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
  ]
  return `All streams${title}\n\n${textTable([cleanHeading, ...clean])}\n\n${textTable([attackHeading, ...attack])}`
}

function contextsText(view: View): string {
  const detectors = detectorsOf(view)
  const short: Record<DetectorName, string> = {
    model: 'model',
    looseRule: 'loose',
    tunedRule: 'tuned',
    nDPI: 'nDPI',
    nDPIByContent: 'or port',
  }
  const names = detectors.map(([name]) => short[name])
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
  const heading = ['By context', 'clean', ...names, 'attack', ...names]
  return `${textTable([heading, ...rows])}\n(false alarms of each, then misses of each)`
}

function listsText(view: View, detector: DetectorName): string[] {
  const result = view.detectors[detector]
  if (result === undefined) return []
  const { falseAlarms, misses, figures } = result
  const labels = figures.labels.filter((label) => label.missed > 0)
  const labelRows = labels
    .slice(0, LISTED)
    .map((label) => [
      label.label,
      number(label.streams),
      number(label.missed),
      number(label.missedSameAsClean),
    ])
  return [
    patternsText(`False alarms of the ${DETECTORS[detector]}`, falseAlarms),
    labels.length === 0
      ? ''
      : `Labels that the ${DETECTORS[detector]} missed\n\n${textTable([['label', 'streams', 'missed', 'as clean'], ...labelRows])}${rest(labels.length, 'labels')}`,
    patternsText(`Misses of the ${DETECTORS[detector]}`, misses),
  ]
}

function patternsText(title: string, patterns: readonly ListedPattern[]): string {
  if (patterns.length === 0) return `${title}: none`
  const rows = patterns
    .slice(0, LISTED)
    .map((entry) => [
      entry.context,
      entry.example,
      entry.label,
      number(entry.count),
      number(entry.captures),
      entry.loss.toFixed(4),
      entry.confidence === undefined ? '' : entry.confidence.toFixed(3),
      [entry.sameAsClean ? 'same as clean' : '', entry.escalated ? 'escalated' : '']
        .filter(Boolean)
        .join(', '),
    ])
  const heading = ['context', 'first eight', 'label', 'streams', 'captures', 'loss', 'confidence', '']
  const total = patterns.reduce((sum, entry) => sum + entry.count, 0)
  return `${title}: ${number(total)} streams, ${number(patterns.length)} patterns\n\n${textTable([heading, ...rows], [1, 2, 7])}${rest(patterns.length, 'patterns')}`
}

function othersText({ others }: Evaluation): string {
  if (others.length === 0) return ''
  const rows = others.map(({ file, label, streams, escalated, flagged }) => [
    `${file.split('/').at(-1)}: ${label}`,
    number(streams),
    number(flagged.model ?? 0),
    number(escalated),
    number(flagged.looseRule ?? 0),
    number(flagged.tunedRule ?? 0),
  ])
  const heading = [
    'Neither clean nor attack',
    'streams',
    'model flags',
    'escalates',
    'loose flags',
    'tuned flags',
  ]
  return textTable([heading, ...rows])
}

function notesText({ ndpi, knownPatterns, inputs }: Evaluation): string {
  const captures = inputs.some((input) => input.kind === 'capture')
  return [
    'alarms: false alarms, by streams, by flows and by captures with any.',
    "95%: the wider of Wilson's interval and of drawing whole captures.",
    `as clean: missed, and the masked eight bytes are one of ${number(knownPatterns.size)} clean patterns of`,
    `  ${knownPatterns.sources.join(' and ')}.`,
    'flows (attack): missed in both directions. a capture, a label: mean found share, each weighing the same.',
    'In tables and censuses, which do not tell flows, streams of one capture, label and transport are one flow.',
    ndpi.version === undefined
      ? 'nDPI: ndpiReader is not installed; left out.'
      : captures
        ? `nDPI ${ndpi.version}, on captures alone.`
        : `nDPI ${ndpi.version} judges captures alone, and none was given.`,
    ...ndpi.notes,
  ].join('\n')
}

function detectorsOf(view: View): [DetectorName, DetectorFigures][] {
  return DETECTOR_NAMES.flatMap((name) => {
    const result = view.detectors[name]
    return result ? [[name, result.figures] as [DetectorName, DetectorFigures]] : []
  })
}

function rest(count: number, what: string): string {
  return count > LISTED ? `\n... and ${number(count - LISTED)} more ${what} (--json lists all)` : ''
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** Rounded down, so that no miss is rounded away. */
function percent(share: number, digits = 2): string {
  const scale = 10 ** digits
  return `${(Math.floor(share * 100 * scale + 1e-9) / scale).toFixed(digits)}%`
}

/** The wider of the two intervals on each side: a bootstrap without a single failure knows nothing of failures. */
function interval({ wilson, byCapture }: Share, text: (share: number) => string): string {
  const [low, high] = byCapture ?? wilson
  return `${text(Math.min(low, wilson[0]))}-${text(Math.max(high, wilson[1]))}`
}
