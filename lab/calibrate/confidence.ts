import { KNOT_LIMIT } from '../../core/calibration-rules.js'
import type { CountedLosses } from './drift.js'

/** Losses of one protocol or program that is not DNS, one a pattern. */
export interface AttackLosses {
  label: string
  losses: number[]
}

/** Knots of a confidence curve: losses ascending, each once; probabilities never falling. */
export interface Curve {
  losses: number[]
  probabilities: number[]
}

/** A stretch of losses that one probability holds for. */
interface Block {
  from: number
  to: number
  /** Weight of attacks, and of attacks and clean traffic together. */
  attack: number
  weight: number
  probability: number
}

/**
 * The never-falling curve that fits labelled losses best: isotonic regression by pooling adjacent violators (Ayer et
 * al. 1955; for calibration Zadrozny and Elkan 2002). Every label weighs 1, however many patterns it has, and clean
 * traffic as much as all labels together. Each block's share is then drawn towards one half by half an observation of
 * either kind (Jeffreys), so that few labels give little confidence.
 * @param clean losses ascending, each once; at least one
 * @param attacks at least one, each with at least one loss
 */
export function fitConfidence(clean: CountedLosses, attacks: readonly AttackLosses[]): Curve {
  const points = new Map<number, { attack: number; weight: number }>()
  const add = (loss: number, attack: number, weight: number) => {
    const point = points.get(loss) ?? { attack: 0, weight: 0 }
    point.attack += attack
    point.weight += weight
    points.set(loss, point)
  }
  const cleanTotal = clean.counts.reduce((total, count) => total + count, 0)
  clean.losses.forEach((loss, index) => {
    add(loss, 0, (attacks.length * clean.counts[index]!) / cleanTotal)
  })
  for (const { losses } of attacks) for (const loss of losses) add(loss, 1 / losses.length, 1 / losses.length)

  const ascending = [...points].sort(([left], [right]) => left - right)
  const blocks = pool(
    ascending.map(([loss, { attack, weight }]) => ({
      from: loss,
      to: loss,
      attack,
      weight,
      probability: attack / weight,
    })),
  )
  const smoothed = pool(
    blocks.map((block) => ({ ...block, probability: (block.attack + 0.5) / (block.weight + 1) })),
  )
  return knotsOf(smoothed)
}

/**
 * Where attacks begin: the lowest knot from which on a stream is more likely not DNS than DNS.
 * @returns undefined when nothing is that likely
 */
export function attacksFrom({ losses, probabilities }: Curve): number | undefined {
  return losses[probabilities.findIndex((probability) => probability >= 0.5)]
}

/** Joins neighbours until no block is at or above the next: each block then keeps the mean of its own. */
function pool(blocks: readonly Block[]): Block[] {
  const pooled: Block[] = []
  for (const block of blocks) {
    let last = block
    for (
      let before = pooled.at(-1);
      before && before.probability >= last.probability;
      before = pooled.at(-1)
    ) {
      last = join(before, last)
      pooled.pop()
    }
    pooled.push(last)
  }
  return pooled
}

function join(left: Block, right: Block): Block {
  const weight = left.weight + right.weight
  return {
    from: left.from,
    to: right.to,
    attack: left.attack + right.attack,
    weight,
    probability: (left.probability * left.weight + right.probability * right.weight) / weight,
  }
}

/** Both ends of each block. A curve of too many knots is made coarser, two neighbours at a time. */
function knotsOf(blocks: readonly Block[]): Curve {
  let kept = [...blocks]
  while (2 * kept.length > KNOT_LIMIT) {
    kept = kept.flatMap((block, index) => {
      if (index % 2 === 1) return []
      const next = kept[index + 1]
      return next ? [join(block, next)] : [block]
    })
  }
  const curve: Curve = { losses: [], probabilities: [] }
  for (const { from, to, probability } of kept) {
    for (const loss of from === to ? [from] : [from, to]) {
      curve.losses.push(loss)
      curve.probabilities.push(Math.min(1, probability))
    }
  }
  return curve
}
