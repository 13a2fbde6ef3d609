import type { Work } from '../measure.js'
import type { BitUnpacker } from './unpack.js'

/** Another runtime that scores batches of unpacked bits. */
export interface BatchRunner {
  name: string
  /** An input of so many patterns that it can run on again and again, to be filled with 64 bits a pattern. */
  input(patterns: number): { bits: Float32Array; scores(): Promise<Float32Array> }
  close(): Promise<void>
}

/** Losses of all patterns, in batches. */
export async function lossesInBatches(
  runner: BatchRunner,
  unpacker: BitUnpacker,
  patterns: Uint8Array,
  batch: number,
): Promise<Float64Array> {
  const losses = new Float64Array(patterns.length / 8)
  const input = runner.input(batch)
  for (let at = 0; at < losses.length; at += batch) {
    unpacker.unpack(patterns, at * 8, batch, input.bits)
    losses.set(await input.scores(), at)
  }
  return losses
}

/** Scores `count` patterns in batches: from bits that were unpacked before, or unpacking them, too. */
export function batchWork(
  runner: BatchRunner,
  unpacker: BitUnpacker,
  patterns: Uint8Array,
  count: number,
  batch: number,
  unpacking: boolean,
): Work {
  const input = runner.input(batch)
  unpacker.unpack(patterns, 0, batch, input.bits)
  return {
    name: `${runner.name}-${batch}${unpacking ? '-unpacking' : ''}`,
    operations: count,
    run: async () => {
      for (let at = 0; at < count; at += batch) {
        if (unpacking) unpacker.unpack(patterns, at * 8, batch, input.bits)
        await input.scores()
      }
    },
  }
}
