import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import { lossesByContext, type PatternLoss } from './census-losses.js'
import { streamsOf } from './check-site.js'
import type { CensusFile } from './read-census-file.js'

/** Wrong verdicts before and after. */
export interface Regression {
  /** Different patterns of each program or label. */
  patterns: number
  before: number
  after: number
  /** `program pattern` of those that are wrong after and were right before. */
  new: string[]
}

/** What fine-tuning did to one context. */
export interface FineTuning {
  /** Mean loss of the site's streams. */
  siteLoss: { before: number; after: number }
  /** Patterns of the base above the threshold. */
  baseFlagged: Regression
  /** Patterns of attacks that pass. */
  attackPassed: Regression
}

/** The losses of one context's rows, in one order, by the network before and by the one after. */
export interface LossesBeforeAndAfter {
  site: readonly [PatternLoss[], PatternLoss[]]
  base: readonly [PatternLoss[], PatternLoss[]]
  attack: readonly [PatternLoss[], PatternLoss[]]
}

/** Losses of the same data by two models. */
export async function lossesOfBoth(
  before: ModelFile,
  after: ModelFile,
  data: { site: CensusFile; base: CensusFile; attack: CensusFile },
): Promise<Map<ContextName, LossesBeforeAndAfter>> {
  const judge = async ({ census, name }: CensusFile) => {
    const losses = [
      await lossesByContext(before, census, name),
      await lossesByContext(after, census, name),
    ] as const
    return (context: ContextName) => [losses[0].get(context) ?? [], losses[1].get(context) ?? []] as const
  }
  const [site, base, attack] = [await judge(data.site), await judge(data.base), await judge(data.attack)]
  return new Map(
    [...before.byContext.keys()].map((context) => [
      context,
      { site: site(context), base: base(context), attack: attack(context) },
    ]),
  )
}

/** What two networks with their thresholds make of the same rows. */
export function fineTuningOf(
  { site, base, attack }: LossesBeforeAndAfter,
  thresholds: readonly [before: number, after: number],
): FineTuning {
  return {
    siteLoss: { before: meanLoss(site[0]), after: meanLoss(site[1]) },
    baseFlagged: regression(base, thresholds, (loss, limit) => loss > limit),
    attackPassed: regression(attack, thresholds, (loss, limit) => loss <= limit),
  }
}

function regression(
  [before, after]: readonly [readonly PatternLoss[], readonly PatternLoss[]],
  thresholds: readonly [number, number],
  isWrong: (loss: number, threshold: number) => boolean,
): Regression {
  const wrong = before.map(({ loss }) => isWrong(loss, thresholds[0]))
  const wrongAfter = after.map(({ loss }) => isWrong(loss, thresholds[1]))
  return {
    patterns: before.length,
    before: wrong.filter(Boolean).length,
    after: wrongAfter.filter(Boolean).length,
    new: after.flatMap(({ program, pattern }, index) =>
      wrongAfter[index] && !wrong[index] ? [`${program} ${pattern}`] : [],
    ),
  }
}

function meanLoss(rows: readonly PatternLoss[]): number {
  return rows.reduce((sum, { loss, count }) => sum + loss * count, 0) / Math.max(1, streamsOf(rows))
}

/** @throws FirsteightError MODEL_WORSE when in any context more attacks pass than before, or more of the base is flagged */
export function refuseWorse(
  attackName: string,
  baseName: string,
  figures: ReadonlyMap<ContextName, FineTuning>,
): void {
  const worse = [...figures].flatMap(([context, { attackPassed, baseFlagged }]) => [
    ...worseText(`${context}: of ${attackName}`, 'pass', attackPassed),
    ...worseText(`${context}: of ${baseName}`, 'are flagged', baseFlagged),
  ])
  if (worse.length === 0) return
  throw new FirsteightError('MODEL_WORSE', `fine-tuning would make the model worse: ${worse.join('; ')}`, {
    hint: 'Calibrate without --fine-tune, fine-tune for fewer --epochs, or train with the census added to the default one.',
    details: { figures: Object.fromEntries(figures) },
  })
}

/** Patterns named in the message; the details have all. */
const NAMED = 5

function worseText(
  where: string,
  what: string,
  { patterns, before, after, new: found }: Regression,
): string[] {
  if (after <= before) return []
  const more = found.length > NAMED ? ', ...' : ''
  return [
    `${where} ${after} of ${patterns} patterns ${what}, ${before} before: ${found.slice(0, NAMED).join(', ')}${more}`,
  ]
}
