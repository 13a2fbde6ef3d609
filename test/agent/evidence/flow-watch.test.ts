import t from 'tap'
import { FlowWatch } from '../../../agent/evidence/flow-watch.js'
import type { Frame, HeldFrame } from '../../../core/kernel-frames.js'

function frames(...times: number[]): HeldFrame[] {
  return times.map((timeMicroseconds) => {
    const frame: Frame = { timeMicroseconds, linkType: 1, originalLength: 100, bytes: new Uint8Array(100) }
    return { timeMicroseconds, length: 100, read: () => frame }
  })
}

function watch(packetsPerFlow: number, bytesPerFlow = 10_000): FlowWatch {
  const limits = { packetsPerFlow, bytesPerFlow }
  return new FlowWatch({ id: 'a', mark: 1, about: '', endsAtMicroseconds: 100, limits })
}

const begun = (w: FlowWatch, held: HeldFrame[], lastSeen: number) => {
  w.begin(held, lastSeen)
  return w.take().map(({ timeMicroseconds }) => timeMicroseconds)
}

t.test('half of the room for what came up to the anomalous frame, the rest for what follows', async (t) => {
  const w = watch(4)
  t.same(begun(w, frames(1, 2, 3, 4, 5), 4), [3, 4, 5])
  t.notOk(w.full)
  for (const frame of frames(6, 7)) w.add(frame)
  t.ok(w.full)
  t.same(w.take(), [frames(6)[0]!.read()])
  t.same(w.take(), [])
})

t.test('few frames before leave more room for those after', async (t) => {
  t.same(begun(watch(4), frames(1, 2, 3, 4, 5), 1), [1, 2, 3, 4])
  t.same(begun(watch(4), frames(1, 2), 9), [1, 2])
  t.same(begun(watch(1), frames(1, 2), 2), [2])
  t.same(begun(watch(4), [], 2), [])
  t.same(begun(watch(4), frames(5, 6), 2), [5, 6], 'the anomalous frame itself is gone')
})

t.test('bytes are bounded, too; the anomalous frame is always there', async (t) => {
  t.same(begun(watch(64, 450), frames(1, 2, 3, 4, 5, 6, 7), 4), [3, 4, 5, 6, 7])
  t.same(begun(watch(64, 50), frames(1, 2, 3), 2), [2])
})

t.test('frames that are too late are not taken', async (t) => {
  t.same(begun(watch(8), frames(1, 100, 101), 1), [1, 100])
})
