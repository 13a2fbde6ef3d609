import t from 'tap'
import { interval, lossText, number, percent } from '../../../lab/evaluate/format.js'

t.test('shares are rounded down, so that no miss is rounded away', async (t) => {
  t.equal(percent(1), '100.00%')
  t.equal(percent(0.999999), '99.99%')
  t.equal(percent(0.57), '57.00%', 'not 56.99')
  t.equal(percent(0.999, 1), '99.9%')
  t.equal(percent(0), '0.00%')
})

t.test('losses keep three digits', async (t) => {
  t.equal(lossText(0), '0.00')
  t.equal(lossText(0.19083), '0.191')
  t.equal(lossText(0.0000313), '3.13e-5')
  t.equal(lossText(12.345), '12.3')
})

t.test('the wider interval on each side', async (t) => {
  const text = (share: number) => share.toFixed(2)
  t.equal(interval({ value: 0.5, wilson: [0.4, 0.6], byCapture: [0.3, 0.5] }, text), '0.30-0.60')
  t.equal(interval({ value: 0.5, wilson: [0.4, 0.6], byCapture: undefined }, text), '0.40-0.60')
})

t.test('whole numbers', async (t) => {
  t.equal(number(1234567), '1,234,567')
})
