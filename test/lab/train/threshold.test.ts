import t from 'tap'
import { changeOneBit, chooseThreshold, randomInputs } from '../../../lab/train/threshold.js'

const random = Array.from({ length: 10_000 }, (_, index) => 0.4 + index / 10_000)

/** A ramp whose 0.9 quantile is 0.09. */
const oneBitChanged = Array.from({ length: 101 }, (_, index) => index / 1000)
const near = (left: number, right: number) => Math.abs(left - right) < 1e-12

t.test('a bit that clean traffic never changes is noticed', async (t) => {
  const { threshold, method } = chooseThreshold({
    training: [0.001, 0.02],
    heldOut: [0.03],
    oneBitChanged,
    random,
  })
  t.ok(near(threshold, 0.09 * 0.5), `${threshold}`)
  for (const figure of ['0.090000', '0.020000', '0.030000', '0.400900']) t.match(method, figure)
})

t.test('all clean losses stay below, with headroom', async (t) => {
  t.ok(near(chooseThreshold({ training: [0.1], heldOut: [], oneBitChanged, random }).threshold, 0.11))
  t.ok(near(chooseThreshold({ training: [0], heldOut: [0.1], oneBitChanged, random }).threshold, 0.11))
})

t.test('one held-out pattern in a hundred may lie above', async (t) => {
  const heldOut = Array.from({ length: 200 }, (_, index) => (index < 199 ? 0.01 : 0.3))
  t.ok(near(chooseThreshold({ training: [0.01], heldOut, oneBitChanged, random }).threshold, 0.045))
})

t.test('random bytes stay above, unless clean losses are there', async (t) => {
  t.equal(chooseThreshold({ training: [0.39], heldOut: [], oneBitChanged, random }).threshold, random[9])
  const low = new Array(1000).fill(0.2)
  t.equal(chooseThreshold({ training: [0.5], heldOut: [], oneBitChanged, random: low }).threshold, 0.5)
})

t.test('a network without any error still has a threshold above zero', async (t) => {
  t.ok(chooseThreshold({ training: [0], heldOut: [], oneBitChanged: [0], random: [0] }).threshold > 0)
})

t.test('each unmasked bit is changed alone', async (t) => {
  const mask = Uint8Array.from([0, 0, 0, 0, 0, 0, 0x81, 0xff])
  const changed = changeOneBit([Uint8Array.from([0, 0, 0, 0, 0, 0, 0x80, 0])], mask)
  t.equal(changed.length, 10)
  t.same([...changed[0]!.slice(6)], [0, 0])
  t.same([...changed[1]!.slice(6)], [0x81, 0])
  t.same([...changed[9]!.slice(6)], [0x80, 1])
})

t.test('random inputs are the same for a seed, and evenly spread', async (t) => {
  const inputs = randomInputs(20_000, 1)
  t.same(randomInputs(100, 1), inputs.slice(0, 100))
  t.notSame(randomInputs(1, 2), inputs.slice(0, 1))
  t.same(randomInputs(3, 0).length, 3)
  const ones = popcount(Buffer.concat(inputs).toString('hex'))
  // 1,280,000 fair bits: half of them within five standard deviations.
  t.ok(Math.abs(ones - 640_000) < (5 * Math.sqrt(1_280_000)) / 2, `${ones}`)
})

function popcount(hex: string): number {
  return [...hex].reduce(
    (sum, digit) => sum + [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4][Number.parseInt(digit, 16)]!,
    0,
  )
}
