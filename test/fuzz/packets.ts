import { strict as assert } from 'node:assert'
import type { Random } from '../../bench/traffic/random.js'
import type { Kernel } from '../../core/kernel.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { checkCounters, checkMemory, checkRecord, probeLosses } from './check.js'
import { corpusOf } from './corpus.js'
import { checkFrames } from './frames.js'
import { mutate } from './mutate.js'

const LINK_TYPES = [0, 1, 9, 12, 14, 101, 108, 113, 228, 229, 276]
const BATCH = 10_000

/**
 * Gives hostile frames to several builds of the kernel and compares them after every batch.
 * @param kernels fresh, with the same seed and the same model loaded
 * @param progress called after every batch with the frames so far
 * @throws AssertionError naming the batch, or the kernel's own RuntimeError
 */
export function fuzzPackets(
  kernels: readonly Kernel[],
  random: Random,
  frames: number,
  progress: (done: number) => void,
): void {
  const losses = kernels.map(probeLosses)
  let time = 1_700_000_000_000_000
  for (let done = 0; done < frames; ) {
    const batch = Math.min(BATCH, frames - done)
    const corpus = corpusOf(random, 300)
    const everyStream = random.chance(0.3)
    for (const kernel of kernels) kernel.reportEveryStream(everyStream)
    let reported: StreamRecord | undefined
    for (let i = 0; i < batch; i++) {
      time += random.below(5000)
      reported = onePacket(kernels, corpus, random, time) ?? reported
    }
    done += batch
    const ended = random.chance(0.2)
    if (ended) endFlows(kernels, random.chance(0.5) ? Infinity : time - 1_000_000)
    try {
      for (const [index, kernel] of kernels.entries()) {
        checkMemory(kernel, losses[index]!)
        checkCounters(kernel.counters(), done, false)
        assert.deepEqual(
          kernel.counters(),
          kernels[0]!.counters(),
          `${kernel.build} counts as ${kernels[0]!.build}`,
        )
      }
      if (reported !== undefined) checkFrames(kernels, reported)
    } catch (error) {
      throw new Error(`after frame ${done}`, { cause: error })
    }
    progress(done)
  }
  endFlows(kernels, Infinity)
  for (const kernel of kernels) checkCounters(kernel.counters(), frames, true)
}

function onePacket(
  kernels: readonly Kernel[],
  corpus: readonly { linkType: number; bytes: Buffer }[],
  random: Random,
  time: number,
): StreamRecord | undefined {
  const [first, ...others] = kernels as [Kernel, ...Kernel[]]
  const buffer = first.packetBuffer
  const frame = random.pick(corpus)
  let linkType = frame.linkType
  let length = frame.bytes.length
  buffer.set(frame.bytes)
  const choice = random.below(100)
  if (choice < 80) length = mutate(random, buffer, length)
  else if (choice < 90) {
    length = random.chance(0.01) ? random.below(65536) : random.below(200)
    for (let i = 0; i < Math.min(length, 200); i++) buffer[i] = random.next()
  }
  if (random.chance(0.03)) linkType = random.chance(0.5) ? random.pick(LINK_TYPES) : random.next()

  for (const kernel of others) {
    buffer.copy(kernel.packetBuffer, 0, 0, length)
    // Other bytes behind the packet: who reads them gives himself away.
    kernel.packetBuffer.fill(random.next(), length, Math.min(length + 256, kernel.packetBuffer.length))
  }
  const reported = kernels.map((kernel) => {
    const records: StreamRecord[] = []
    if (kernel.packet(linkType | 0, length, time) > 0) kernel.takeRecords((record) => records.push(record))
    return records
  })
  reported[0]!.forEach(checkRecord)
  for (const records of reported.slice(1)) {
    if (records.length > 0 || reported[0]!.length > 0) assert.deepEqual(records, reported[0])
  }
  return reported[0]!.at(-1)
}

function endFlows(kernels: readonly Kernel[], before: number): void {
  for (const kernel of kernels) kernel.endFlowsBefore(before, checkRecord)
}
