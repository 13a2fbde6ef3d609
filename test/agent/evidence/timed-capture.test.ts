import t from 'tap'
import { TimedCapture } from '../../../agent/evidence/timed-capture.js'
import { KernelHarness } from '../../support/kernel-harness.js'

const harness = await KernelHarness.create()
const ring = harness.kernel.frames

function send(count: number, bytes = 12) {
  for (let index = 0; index < count; index++) harness.send('client', { payload: Buffer.alloc(bytes, index) })
}

function begin() {
  harness.clear()
  ring.keep(65_536)
  send(5)
}

t.test('frames from its making on, in their order, until so many are there', async (t) => {
  begin()
  const taken = new TimedCapture(ring, { packets: 3, bytes: 1e6 })
  taken.follow()
  t.equal(taken.frames.length, 0, 'not what was there before')
  send(2)
  taken.follow()
  taken.follow()
  t.equal(taken.frames.length, 2)
  t.notOk(taken.full)
  send(4)
  taken.follow()
  t.ok(taken.full)
  t.same(
    taken.frames.map(({ bytes }) => bytes.at(-1)),
    [0, 1, 0],
  )
  t.equal(taken.missed, 0, 'what comes when it is full is not missed')
})

t.test('bytes are bounded, by one frame more at most', async (t) => {
  begin()
  const taken = new TimedCapture(ring, { packets: 100, bytes: 1000 })
  send(50, 400)
  taken.follow()
  t.equal(taken.frames.length, 3)
  t.ok(taken.full)
})

t.test('frames that were overwritten are counted, those beyond the index, too', async (t) => {
  begin()
  const taken = new TimedCapture(ring, { packets: 1e6, bytes: 1e9 })
  send(40, 60_000)
  taken.follow()
  t.equal(taken.frames.length + taken.missed, 40)
  t.ok(taken.missed > 20, `${taken.missed} missed`)
  const before = taken.missed + taken.frames.length
  send(ring.slots + 9)
  taken.follow()
  t.equal(taken.missed + taken.frames.length - before, ring.slots + 9)
})
