import { strict as assert } from 'node:assert'
import type { Kernel } from '../../core/kernel.js'
import type { Frame } from '../../core/kernel-frames.js'
import type { StreamRecord } from '../../core/stream-record.js'

/**
 * Several builds of the kernel that were given the same frames find the same ones of a flow, as many as they promise.
 * @throws AssertionError
 */
export function checkFrames(kernels: readonly Kernel[], record: StreamRecord): void {
  const [first, ...others] = kernels.map((kernel) => framesOf(kernel, record)) as [Frame[], ...Frame[][]]
  for (const frames of others) assert.deepEqual(frames, first, 'frames of a flow')
  for (const { bytes, originalLength } of first) assert.ok(bytes.length <= originalLength, 'frame length')
}

function framesOf({ frames }: Kernel, record: StreamRecord): Frame[] {
  const found: Frame[] = []
  const watch = frames.watch(record)
  assert.notEqual(watch, 0, 'room for one watch')
  const { frames: held } = frames.heldOf(watch)
  for (let index = 0; index < held.length; index++) found.push(held.read(index))
  frames.unwatch(watch)
  return found
}
