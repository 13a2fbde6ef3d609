import { strict as assert } from 'node:assert'
import { pcapOf } from '../../bench/traffic/capture.js'
import type { Random } from '../../bench/traffic/random.js'
import type { Kernel } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import { checkCounters, checkMemory, checkRecord, probeLosses } from './check.js'
import { corpusOf } from './corpus.js'
import { mutate } from './mutate.js'
import { pcapngOf } from './pcapng.js'

interface Walked {
  fault: string | undefined
  offset: number
  counters: KernelCounters
}

/**
 * Gives damaged capture streams to the kernel, each one twice: in random pieces, and whole.
 * @throws AssertionError, or the kernel's own RuntimeError
 */
export function fuzzStreams(
  kernel: Kernel,
  random: Random,
  streams: number,
  progress: (done: number) => void,
): void {
  const losses = probeLosses(kernel)
  for (let done = 0; done < streams; done++) {
    const { bytes, packets } = streamOf(random)
    try {
      const inPieces = walkStream(kernel, bytes, () => 1 + random.below(random.chance(0.5) ? 40 : 5000))
      const whole = walkStream(kernel, bytes, () => bytes.length)
      assert.deepEqual({ ...inPieces }, { ...whole }, 'in pieces as whole')
      if (packets !== undefined) {
        assert.equal(whole.fault, undefined, 'an undamaged stream')
        assert.equal(whole.counters.packets, packets, 'packets of an undamaged stream')
      }
      checkMemory(kernel, losses)
    } catch (error) {
      throw new Error(`stream ${done}`, { cause: error })
    }
    if (done % 50 === 49) progress(done + 1)
  }
}

/** A capture stream, mostly damaged; `packets` is how many are in one that is not. */
function streamOf(random: Random): { bytes: Buffer; packets?: number } {
  const frames = corpusOf(random, 1 + random.below(30))
  const bytes = random.chance(0.5)
    ? pcapOf(
        frames.map((frame) => frame.bytes),
        frames[0]!.linkType,
      )
    : pcapngOf(random, frames)
  if (random.chance(0.1)) return { bytes, packets: frames.length }
  const roomy = Buffer.alloc(bytes.length + 300)
  bytes.copy(roomy)
  // Half of the time anywhere, half of the time in the headers at the start.
  const from = random.chance(0.5) ? random.below(bytes.length) : 0
  const length = mutate(random, roomy.subarray(from), bytes.length - from)
  return { bytes: roomy.subarray(0, from + length) }
}

function walkStream(kernel: Kernel, bytes: Buffer, pieceLength: () => number): Walked {
  kernel.reset(1)
  let fault: string | undefined
  let offset = 0
  for (let at = 0; at < bytes.length && fault === undefined; ) {
    const space = kernel.inputSpace()
    assert.ok(space.length > 0, 'room for more')
    const length = Math.min(pieceLength(), bytes.length - at, space.length)
    bytes.copy(space, 0, at, at + length)
    at += length
    let outcome = kernel.walk(length, Infinity)
    for (let turns = 0; outcome === 'records-full'; turns++) {
      assert.ok(turns < 1000, 'records-full ends')
      kernel.takeRecords(checkRecord)
      outcome = kernel.walk(0, Infinity)
    }
    kernel.takeRecords(checkRecord)
    assert.ok(outcome === 'all' || outcome === 'fault', `outcome ${outcome}`)
    if (outcome === 'fault') {
      const described = kernel.walkFault()
      fault = described.fault
      offset = described.offset
      assert.notEqual(fault, 'unknown')
      assert.ok(offset >= 0 && offset <= at, `offset ${offset} of ${at}`)
    }
  }
  kernel.endFlowsBefore(Infinity, checkRecord)
  const counters = kernel.counters()
  checkCounters(counters, counters.packets, true)
  // The memo outlives a reset; how often it was hit says nothing here.
  return { fault, offset, counters: { ...counters, memoHits: 0, memoMisses: 0 } }
}
