import type { ContextName } from '../../core/contexts.js'
import type { Kernel } from '../../core/kernel.js'
import type { firsteight } from '../../generated/messages.js'
import { deployedLosses, type Network } from '../train/deployed-losses.js'
import { type FineTuneOptions, fineTuneNetwork } from '../train/fine-tune.js'
import { joinContext } from '../train/training-data.js'
import type { TrainingKernel } from '../train/training-kernel.js'
import type { PatternLoss } from './census-losses.js'

/** Parts that the site's single streams are held out in; each costs a fine-tuning of its own. */
const FOLDS = 4

/** Stands before a site's programs: one of the same name elsewhere is another program. */
const SITE = 'site '

/** One context's network after fine-tuning. */
export interface TunedContext {
  network: Network
  /** What a model file says of what the network learnt from. */
  training: Pick<
    firsteight.v1.ContextModel.$Properties,
    'trainingStreams' | 'trainingPatterns' | 'highestTrainingLoss'
  >
  /** The site's losses, those of single streams by networks that did not learn them. */
  siteLosses: PatternLoss[]
}

/**
 * Fine-tunes one context on what the model knows and what the site sends. The site's losses are to set a threshold, so
 * they must be those that its next streams will have: a pattern of several streams is known by then; one that came in
 * a single stream stands for all those that have not come yet, and is held out. This is what leaving out a fourth of
 * the streams in turn comes to, without fine-tuning again for patterns that the other three fourths hold as well.
 * @param rows under the context's input mask
 */
export async function fineTuneContext(
  kernels: { training: TrainingKernel; scoring: Kernel },
  name: ContextName,
  context: firsteight.v1.ContextModel,
  rows: { known: readonly PatternLoss[]; site: readonly PatternLoss[] },
  options: FineTuneOptions,
): Promise<TunedContext> {
  const { training, scoring } = kernels
  const dataOf = (site: readonly PatternLoss[]) =>
    joinContext(name, [censusOf(name, context, rows.known, ''), censusOf(name, context, site, SITE)])
  const learnt = new Set(rows.site.map(({ program }) => SITE + program))
  const tune = (site: readonly PatternLoss[], part: string) =>
    fineTuneNetwork(training, scoring, context, dataOf(site), learnt, part, options)

  const heldOut = new Map<string, number>()
  const singles = singlePatterns(rows)
  const folds = Math.min(FOLDS, singles.length)
  for (let fold = 0; fold < folds; fold++) {
    const left = new Set(singles.filter((_, index) => index % folds === fold))
    const network = await tune(
      rows.site.filter(({ pattern }) => !left.has(pattern)),
      `fold ${fold + 1} of ${folds}`,
    )
    const losses = deployedLosses(scoring, network, [...left].map(bytesOf))
    ;[...left].forEach((pattern, index) => {
      heldOut.set(pattern, losses[index]!)
    })
  }

  const network = await tune(rows.site, 'all')
  const data = dataOf(rows.site)
  const trainingLosses = deployedLosses(
    scoring,
    network,
    data.patterns.map(({ bytes }) => bytes),
  )
  const siteLosses = deployedLosses(
    scoring,
    network,
    rows.site.map(({ pattern }) => bytesOf(pattern)),
  )
  return {
    network,
    training: {
      trainingStreams: data.streams,
      trainingPatterns: data.patterns.length,
      highestTrainingLoss: Math.max(...trainingLosses),
    },
    siteLosses: rows.site.map((row, index) => ({
      ...row,
      loss: heldOut.get(row.pattern) ?? siteLosses[index]!,
    })),
  }
}

/** Patterns that came in one stream of the site and that the model has not learnt. */
function singlePatterns(rows: { known: readonly PatternLoss[]; site: readonly PatternLoss[] }): string[] {
  const known = new Set(rows.known.map(({ pattern }) => pattern))
  const streams = new Map<string, number>()
  for (const { pattern, count } of rows.site) streams.set(pattern, (streams.get(pattern) ?? 0) + count)
  return [...streams]
    .flatMap(([pattern, count]) => (count === 1 && !known.has(pattern) ? [pattern] : []))
    .sort()
}

function censusOf(
  name: ContextName,
  { inputMask }: firsteight.v1.ContextModel,
  rows: readonly PatternLoss[],
  prefix: string,
) {
  return {
    captures: [],
    masks: new Map([[name, inputMask]]),
    rows: rows.map(({ program, pattern, count }) => ({
      context: name,
      program: prefix + program,
      pattern,
      count,
    })),
  }
}

function bytesOf(pattern: string): Uint8Array {
  return Uint8Array.from(Buffer.from(pattern, 'hex'))
}
