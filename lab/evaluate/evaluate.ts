import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { messageOf } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import { VERSION } from '../../core/version.js'
import {
  type Example,
  examplesOf,
  type LossHistogram,
  lossHistograms,
  type Reliability,
  reliabilityOf,
} from './charts.js'
import { type Curves, curvesOf } from './curves.js'
import { type DetectorFigures, figuresOf } from './figures.js'
import { DETECTOR_NAMES, type DetectorName, isEscalated, type JudgedStream, judgeStreams } from './judge.js'
import { KnownPatterns } from './known-patterns.js'
import { falseAlarmsOf, type ListedPattern, missesOf } from './lists.js'
import { ModelScores } from './model-scores.js'
import { type NdpiCapture, ndpiVersion, runNdpi } from './ndpi.js'
import { type InputFiles, readInputs } from './read-inputs.js'
import { invalid, type StreamFile } from './streams.js'

export interface EvaluateOptions extends InputFiles {
  /** Each gives a second view, without the captures whose names begin so. Default: a group with over half of the rows. */
  excludeCaptures: readonly string[]
  onProgress?: (what: string) => void
  signal?: AbortSignal | undefined
}

/** A file that was evaluated. */
export interface InputSummary
  extends Pick<StreamFile, 'file' | 'kind' | 'sha256' | 'streamClass' | 'short' | 'midstream'> {
  /** Weighted by count. */
  streams: number
  rows: number
  captures: number
}

/** What one detector got, and what it got wrong. */
export interface DetectorResult {
  figures: DetectorFigures
  falseAlarms: ListedPattern[]
  misses: ListedPattern[]
}

/** The same streams, or some of them, seen by every detector. */
export interface View {
  /** Captures whose names begin so are left out. */
  excluded: string | undefined
  detectors: Partial<Record<DetectorName, DetectorResult>>
  curves: { overall: Curves | undefined; contexts: Partial<Record<ContextName, Curves>> }
}

/** Streams of one label that are neither clean nor attack. */
export interface OtherLabel {
  file: string
  label: string
  streams: number
  escalated: number
  flagged: Partial<Record<DetectorName, number>>
}

export interface Evaluation {
  toolVersion: string
  model: ModelFile
  inputs: InputSummary[]
  /** The whole first. */
  views: View[]
  others: OtherLabel[]
  knownPatterns: { size: number; sources: string[] }
  ndpi: { version: string | undefined; notes: string[] }
  histograms: LossHistogram[]
  reliability: Reliability | undefined
  examples: Example[]
}

/** Equal inputs give equal bands. */
const SEED = 1

/**
 * Judges the streams of all files with every detector and counts.
 * @throws FirsteightError EVALUATION_INVALID, FILE_UNREADABLE, CENSUS_INVALID, those of capture files and of models
 */
export async function evaluate(model: ModelFile, options: EvaluateOptions): Promise<Evaluation> {
  const progress = options.onProgress ?? (() => {})
  const { signal } = options
  const files = await readInputs(options, model, {
    onProgress: (file) => progress(`reading ${file}`),
    signal,
  })
  const scores = await ModelScores.load(model)
  const version = await ndpiVersion()
  const ndpi: Evaluation['ndpi'] = { version, notes: [] }
  const streams: JudgedStream[] = []
  const others: OtherLabel[] = []
  for (const file of files) {
    signal?.throwIfAborted()
    progress(`judging ${file.file}`)
    const verdicts = version === undefined ? undefined : await ndpiOf(file, ndpi.notes, signal)
    const judged = judgeStreams(file, scores, verdicts)
    if (file.streamClass === 'other') others.push(...otherLabels(file.file, judged))
    else for (const stream of judged) streams.push(stream)
  }
  const known = new KnownPatterns()
  await known.addTrainingCensus(model, scores)
  known.addClean(streams)

  const views: View[] = []
  for (const excluded of [undefined, ...exclusions(streams, options.excludeCaptures)]) {
    signal?.throwIfAborted()
    progress(excluded === undefined ? 'counting' : `counting without ${excluded}`)
    views.push(viewOf(streams, excluded, known))
  }
  return {
    toolVersion: VERSION,
    model,
    inputs: files.map(summarize),
    views,
    others,
    knownPatterns: { size: known.size, sources: known.sources },
    ndpi,
    histograms: lossHistograms(streams),
    reliability: reliabilityOf(streams),
    examples: examplesOf(streams, model, scores),
  }
}

async function ndpiOf(
  { file, kind }: StreamFile,
  notes: string[],
  signal: AbortSignal | undefined,
): Promise<NdpiCapture | undefined> {
  if (kind !== 'capture') return undefined
  try {
    return await runNdpi(file, signal)
  } catch (error) {
    signal?.throwIfAborted()
    notes.push(messageOf(error))
    return undefined
  }
}

function viewOf(all: readonly JudgedStream[], excluded: string | undefined, known: KnownPatterns): View {
  const streams = excluded === undefined ? all : all.filter(({ capture }) => !capture.startsWith(excluded))
  const isClean = (stream: JudgedStream) => known.has(stream)
  const view: View = {
    excluded,
    detectors: {},
    curves: { overall: curvesOf(streams, SEED), contexts: {} },
  }
  for (const name of DETECTOR_NAMES) {
    const figures = figuresOf(streams, name, isClean)
    if (figures === undefined) continue
    view.detectors[name] = {
      figures,
      falseAlarms: falseAlarmsOf(streams, name),
      misses: missesOf(streams, name, isClean),
    }
  }
  for (const context of CONTEXT_NAMES) {
    const curves = curvesOf(
      streams.filter((stream) => stream.context === context),
      SEED,
    )
    if (curves) view.curves.contexts[context] = curves
  }
  return view
}

/**
 * The prefixes to leave out: those asked for, else each first part of capture names that over half of a class's rows
 * share. One that would leave a class empty is no view.
 * @throws FirsteightError EVALUATION_INVALID when one that was asked for names no capture, or all of a class
 */
function exclusions(streams: readonly JudgedStream[], asked: readonly string[]): string[] {
  const rest = (prefix: string) => {
    const left = streams.filter(({ capture }) => !capture.startsWith(prefix))
    const bothClasses = (['clean', 'attack'] as const).every((one) =>
      left.some((stream) => stream.streamClass === one),
    )
    return { bothClasses, some: left.length < streams.length }
  }
  for (const prefix of asked) {
    const { bothClasses, some } = rest(prefix)
    if (!some) throw invalid('--exclude-capture', undefined, `no capture's name begins with ${prefix}`)
    if (!bothClasses)
      throw invalid('--exclude-capture', undefined, `without ${prefix} a class has no streams left`)
  }
  if (asked.length > 0) return [...asked]
  return largeGroups(streams).filter((prefix) => rest(prefix).bothClasses)
}

function largeGroups(streams: readonly JudgedStream[]): string[] {
  const groups: string[] = []
  for (const streamClass of ['clean', 'attack'] as const) {
    const rows = new Map<string, number>()
    let all = 0
    for (const stream of streams) {
      if (stream.streamClass !== streamClass) continue
      const group = /^[^/+]+/.exec(stream.capture)?.[0] ?? stream.capture
      rows.set(group, (rows.get(group) ?? 0) + stream.count)
      all += stream.count
    }
    for (const [group, count] of rows) if (count > all / 2) groups.push(group)
  }
  return groups
}

function otherLabels(file: string, streams: readonly JudgedStream[]): OtherLabel[] {
  const labels = new Map<string, OtherLabel>()
  for (const stream of streams) {
    const entry = labels.get(stream.label) ?? {
      file,
      label: stream.label,
      streams: 0,
      escalated: 0,
      flagged: {},
    }
    labels.set(stream.label, entry)
    entry.streams += stream.count
    if (isEscalated('model', stream)) entry.escalated += stream.count
    for (const name of DETECTOR_NAMES) {
      const flagged = stream.flagged[name]
      if (flagged !== undefined)
        entry.flagged[name] = (entry.flagged[name] ?? 0) + (flagged ? stream.count : 0)
    }
  }
  return [...labels.values()].sort((a, b) => b.streams - a.streams)
}

function summarize(input: StreamFile): InputSummary {
  const { file, kind, sha256, streamClass, short, midstream, streams } = input
  return {
    file,
    kind,
    sha256,
    streamClass,
    short,
    midstream,
    streams: streams.reduce((sum, stream) => sum + stream.count, 0),
    rows: streams.length,
    captures: new Set(streams.map((stream) => stream.capture)).size,
  }
}
