import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { wilsonInterval } from '../calibrate/precision.js'
import { type DetectorName, isEscalated, type JudgedStream } from './judge.js'
import { groupedInterval, type Interval } from './statistics.js'

/** Counts of streams, each row weighted by its count. */
export interface Figures {
  cleanStreams: number
  falseAlarms: number
  /** False alarms with confidence high enough to escalate. */
  falseEscalations: number
  attackStreams: number
  missed: number
  /** Missed streams whose masked eight bytes are a clean pattern, too: nobody can tell them by eight bytes. */
  missedSameAsClean: number
  /** Flagged attack streams with confidence high enough to escalate. */
  escalated: number
}

export interface LabelFigures {
  label: string
  streams: number
  missed: number
  missedSameAsClean: number
  escalated: number
}

/** A share, and how sure it is. */
export interface Share {
  value: number
  /** 95%, as if streams were independent. */
  wilson: Interval
  /** 95%, from drawing whole captures; undefined of too few captures. */
  byCapture: Interval | undefined
}

export interface DetectorFigures extends Figures {
  contexts: Partial<Record<ContextName, Figures>>
  /** A flow is flagged when either direction is. */
  flows: { clean: number; falseAlarms: number; attack: number; missed: number }
  captures: {
    clean: number
    /** Captures with at least one false alarm. */
    withFalseAlarms: number
    /** Mean over captures, each weighing the same. */
    meanFalseAlarmShare: number
    attack: number
    withMisses: number
    meanFoundShare: number
  }
  /** Attack labels, most missed first. */
  labels: LabelFigures[]
  /** Share of attack streams found, mean over labels, each weighing the same. */
  meanFoundByLabel: number
  falseAlarmShare: Share
  foundShare: Share
}

/** Equal inputs give equal intervals. */
const SEED = 1

/**
 * One detector's figures over the streams that it can judge; undefined when it can judge none.
 * @param isCleanPattern whether the masked eight bytes are known from clean traffic
 */
export function figuresOf(
  streams: readonly JudgedStream[],
  detector: DetectorName,
  isCleanPattern: (stream: JudgedStream) => boolean,
): DetectorFigures | undefined {
  const total = noFigures()
  const contexts: Partial<Record<ContextName, Figures>> = {}
  const labels = new Map<string, LabelFigures>()
  const units = { clean: new Units(), attack: new Units() }
  for (const stream of streams) {
    const flagged = stream.flagged[detector]
    const { streamClass, context, count } = stream
    if (flagged === undefined || streamClass === 'other') continue
    contexts[context] ??= noFigures()
    const escalated = isEscalated(detector, stream)
    const same = streamClass === 'attack' && !flagged && isCleanPattern(stream)
    for (const figures of [total, contexts[context]])
      addTo(figures, streamClass, count, flagged, escalated, same)
    units[streamClass].add(stream, flagged)
    if (streamClass === 'attack') countLabel(labels, stream, flagged, escalated, same)
  }
  if (total.cleanStreams + total.attackStreams === 0) return undefined
  const ordered: typeof contexts = {}
  for (const name of CONTEXT_NAMES) if (contexts[name]) ordered[name] = contexts[name]
  const { clean, attack } = units
  const labelList = [...labels.values()].sort((a, b) => b.missed - a.missed || b.streams - a.streams)
  return {
    ...total,
    contexts: ordered,
    flows: {
      clean: clean.flows.size,
      falseAlarms: clean.flaggedFlows(),
      attack: attack.flows.size,
      missed: attack.flows.size - attack.flaggedFlows(),
    },
    captures: {
      clean: clean.captures.size,
      withFalseAlarms: [...clean.captures.values()].filter((unit) => unit.flagged > 0).length,
      meanFalseAlarmShare: clean.meanShare(),
      attack: attack.captures.size,
      withMisses: [...attack.captures.values()].filter((unit) => unit.flagged < unit.streams).length,
      meanFoundShare: attack.meanShare(),
    },
    labels: labelList,
    meanFoundByLabel: mean(labelList.map((label) => 1 - label.missed / label.streams)),
    falseAlarmShare: shareOf(total.falseAlarms, total.cleanStreams, clean),
    foundShare: shareOf(total.attackStreams - total.missed, total.attackStreams, attack),
  }
}

/** Flows and captures of one class. */
class Units {
  readonly flows = new Map<string, boolean>()
  readonly captures = new Map<string, { streams: number; flagged: number }>()

  add({ flow, capture, count }: JudgedStream, flagged: boolean): void {
    this.flows.set(flow, this.flows.get(flow) === true || flagged)
    const unit = this.captures.get(capture) ?? { streams: 0, flagged: 0 }
    unit.streams += count
    if (flagged) unit.flagged += count
    this.captures.set(capture, unit)
  }

  flaggedFlows(): number {
    return [...this.flows.values()].filter(Boolean).length
  }

  meanShare(): number {
    return mean([...this.captures.values()].map((unit) => unit.flagged / unit.streams))
  }
}

function noFigures(): Figures {
  return {
    cleanStreams: 0,
    falseAlarms: 0,
    falseEscalations: 0,
    attackStreams: 0,
    missed: 0,
    missedSameAsClean: 0,
    escalated: 0,
  }
}

function addTo(
  figures: Figures,
  streamClass: 'clean' | 'attack',
  count: number,
  flagged: boolean,
  escalated: boolean,
  same: boolean,
): void {
  if (streamClass === 'clean') {
    figures.cleanStreams += count
    if (flagged) figures.falseAlarms += count
    if (escalated) figures.falseEscalations += count
    return
  }
  figures.attackStreams += count
  if (!flagged) figures.missed += count
  if (same) figures.missedSameAsClean += count
  if (escalated) figures.escalated += count
}

function countLabel(
  labels: Map<string, LabelFigures>,
  { label, count }: JudgedStream,
  flagged: boolean,
  escalated: boolean,
  same: boolean,
): void {
  const figures = labels.get(label) ?? { label, streams: 0, missed: 0, missedSameAsClean: 0, escalated: 0 }
  figures.streams += count
  if (!flagged) figures.missed += count
  if (same) figures.missedSameAsClean += count
  if (escalated) figures.escalated += count
  labels.set(label, figures)
}

function shareOf(successes: number, trials: number, units: Units): Share {
  const groups = [...units.captures.values()].map((unit) => ({
    successes: unit.flagged,
    trials: unit.streams,
  }))
  const { lower, upper } = wilsonInterval(successes, trials)
  return {
    value: trials === 0 ? 0 : successes / trials,
    wilson: [lower, upper],
    byCapture: groupedInterval(groups, SEED),
  }
}

/** 0 of none. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
