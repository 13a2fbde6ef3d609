import t from 'tap'
import { curvesOf, RECALL_GRID, ROC_GRID } from '../../../lab/evaluate/curves.js'
import type { JudgedStream } from '../../../lab/evaluate/judge.js'
import { judgedStream } from '../../support/judged-streams.js'

/** Streams of one loss each, one capture each. */
function streams(clean: number[], attack: number[]): JudgedStream[] {
  const of = (streamClass: 'clean' | 'attack') => (loss: number, index: number) =>
    judgedStream({ streamClass, capture: `${streamClass} ${index}`, score: { loss } })
  return [...clean.map(of('clean')), ...attack.map(of('attack'))]
}

t.test('classes that losses part: the whole area', async (t) => {
  const curves = curvesOf(streams([0.1, 0.2, 0.3], [2, 3, 4]), 1)!
  t.equal(curves.area, 1)
  t.same(curves.areaBand, [1, 1])
  t.ok(curves.roc.every(({ y, band }) => y === 1 && band[0] === 1 && band[1] === 1))
  t.ok(curves.precisionRecall.every(({ y }) => y === 1))
  t.same(curves.operatingPoint, { falseAlarmShare: 0, foundShare: 1, precision: 1 })
})

t.test('overlapping classes, by hand', async (t) => {
  // Of nine pairs of attack and clean, (2, 3), (0.5, 3) are in the wrong order: the area is 7/9.
  const curves = curvesOf(streams([0.1, 0.2, 3], [0.5, 2, 4]), 1)!
  t.equal(curves.area.toFixed(6), (7 / 9).toFixed(6))
  const found = (share: number) => curves.roc[ROC_GRID.findIndex((x) => x >= share)]!.y.toFixed(4)
  t.equal(found(0), '0.3333', 'above the highest clean loss')
  t.equal(found(0.3), '0.3333')
  t.equal(found(0.4), '1.0000', 'one of three clean streams buys the rest')
  const precision = (recall: number) =>
    curves.precisionRecall[RECALL_GRID.findIndex((x) => x >= recall)]!.y.toFixed(4)
  t.equal(precision(0.3), '1.0000')
  t.equal(precision(0.5), '0.7500', 'all three attacks and one clean stream')
  t.equal(precision(1), '0.7500')
  t.match(curves.operatingPoint, { falseAlarmShare: 1 / 3, foundShare: 2 / 3, precision: 2 / 3 })
})

t.test('ties count half', async (t) => {
  t.equal(curvesOf(streams([0.5], [0.5]), 1)!.area, 0.5)
})

t.test('a loss at the threshold is not above it, however the bins fall', async (t) => {
  const { operatingPoint } = curvesOf(streams([1], [1.0001]), 1)!
  t.match(operatingPoint, { falseAlarmShare: 0, foundShare: 1 })
})

t.test('equal seeds give equal bands, others others; bands hold the curve', async (t) => {
  const mixed = streams(
    Array.from({ length: 40 }, (_, index) => 0.1 + index * 0.05),
    Array.from({ length: 40 }, (_, index) => 0.8 + index * 0.05),
  )
  const curves = curvesOf(mixed, 1)!
  t.same(curvesOf(mixed, 1), curves)
  t.notSame(curvesOf(mixed, 2)!.areaBand, curves.areaBand)
  t.ok(curves.areaBand[0] < curves.area && curves.area < curves.areaBand[1])
  t.ok(curves.roc.every(({ y, band }) => band[0] <= y + 0.15 && y - 0.15 <= band[1]))
})

t.test('one class alone has no curves', async (t) => {
  t.equal(curvesOf(streams([1], []), 1), undefined)
  t.equal(curvesOf([judgedStream({ streamClass: 'other' })], 1), undefined)
})
