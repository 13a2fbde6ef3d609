import t from 'tap'
import { FlowWatch } from '../../../agent/evidence/flow-watch.js'
import type { Frame, HeldFrames } from '../../../core/kernel-frames.js'

function frame(timeMicroseconds: number): Frame {
  return { timeMicroseconds, linkType: 1, originalLength: 100, bytes: new Uint8Array(100) }
}

function frames(...times: number[]): HeldFrames {
  return {
    length: times.length,
    timeOf: (index) => times[index]!,
    bytesOf: () => 100,
    read: (index) => frame(times[index]!),
  }
}

function watch(packetsPerFlow: number, bytesPerFlow = 10_000): FlowWatch {
  const limits = { packetsPerFlow, bytesPerFlow }
  return new FlowWatch({ id: 'a', mark: 1, about: '', endsAtMicroseconds: 100, limits })
}

const begun = (w: FlowWatch, held: HeldFrames, lastSeen: number) => {
  w.begin(held, lastSeen)
  return w.take().map(({ timeMicroseconds }) => timeMicroseconds)
}

t.test('half of the room for what came up to the anomalous frame, the rest for what follows', async (t) => {
  const w = watch(4)
  t.same(begun(w, frames(1, 2, 3, 4, 5), 4), [3, 4, 5])
  t.notOk(w.full)
  t.ok(w.wants(6))
  w.add(frame(6))
  t.ok(w.full)
  t.notOk(w.wants(7))
  t.same(w.take(), [frame(6)])
  t.same(w.take(), [])
})

t.test('few frames before leave more room for those after', async (t) => {
  t.same(begun(watch(4), frames(1, 2, 3, 4, 5), 1), [1, 2, 3, 4])
  t.same(begun(watch(4), frames(1, 2), 9), [1, 2])
  t.same(begun(watch(1), frames(1, 2), 2), [2])
  t.same(begun(watch(4), frames(), 2), [])
  t.same(begun(watch(4), frames(5, 6), 2), [5, 6], 'the anomalous frame itself is gone')
})

t.test('bytes are bounded, too; the anomalous frame is always there', async (t) => {
  t.same(begun(watch(64, 450), frames(1, 2, 3, 4, 5, 6, 7), 4), [3, 4, 5, 6, 7])
  t.same(begun(watch(64, 50), frames(1, 2, 3), 2), [2])
})

t.test('frames that are too late are not taken', async (t) => {
  t.same(begun(watch(8), frames(1, 100, 101), 1), [1, 100])
})
