import t from 'tap'
import { changeOneBit, chooseThreshold, randomInputs } from '../../../lab/train/threshold.js'

const random = Array.from({ length: 10_000 }, (_, index) => 0.4 + index / 10_000)

t.test('headroom over the highest clean loss', async (t) => {
  const { threshold, method } = chooseThreshold({ clean: [0.001, 0.1, 0.02], oneBitChanged: [0.05], random })
  t.equal(threshold, 0.1 * 1.5)
  for (const figure of ['0.100000', '0.050000', '0.400900']) t.match(method, figure)
})

t.test('a single changed bit passes, random bytes do not', async (t) => {
  const oneBitChanged = Array.from({ length: 101 }, (_, index) => index / 1000)
  t.equal(chooseThreshold({ clean: [0.01], oneBitChanged, random }).threshold, 0.09)
  t.equal(chooseThreshold({ clean: [0.3], oneBitChanged, random }).threshold, random[9])
})

t.test('nothing clean is flagged, even where random bytes lie lower', async (t) => {
  const { threshold } = chooseThreshold({
    clean: [0.5],
    oneBitChanged: [0.1],
    random: new Array(1000).fill(0.2),
  })
  t.equal(threshold, 0.5)
})

t.test('a network without any error still has a threshold above zero', async (t) => {
  t.ok(chooseThreshold({ clean: [0], oneBitChanged: [0], random: [0] }).threshold > 0)
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
