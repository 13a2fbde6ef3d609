import type { ModelFile } from '../../core/model-file.js'
import { median } from '../measure.js'
import { Pass } from './pass.js'

/** CPU seconds that one sample of a small capture takes at least, from as many passes as that needs. */
const SHORTEST_SAMPLE = 0.1

/**
 * How many times as much a packet of the second capture costs as one of the first, in CPU time of this process:
 * read, decoded, scored with memo; both in turn, in the same rounds. The median over the rounds.
 */
export async function costGrowth(
  captures: readonly [string, string],
  model: ModelFile,
  rounds: number,
): Promise<number> {
  const [first, second] = [
    await Pass.load('score-memo', captures[0], model),
    await Pass.load('score-memo', captures[1], model),
  ]
  const ratios: number[] = []
  for (let round = -1; round < rounds; round++) {
    const [before, after] = [await costOf(first), await costOf(second)]
    // The first round warms up.
    if (round >= 0) ratios.push(after / before)
  }
  return median(ratios)
}

/** CPU seconds a packet. */
async function costOf(pass: Pass): Promise<number> {
  let seconds = 0
  let packets = 0
  while (seconds < SHORTEST_SAMPLE) {
    seconds += await pass.seconds()
    packets += pass.packets
  }
  return seconds / packets
}
