import t from 'tap'
import { positive, share, wholeNumber } from '../../cli/number-options.js'

t.test('what is a number, and within bounds, is taken', async (t) => {
  t.equal(positive('0.5'), 0.5)
  t.equal(positive('1e6'), 1e6)
  t.equal(share('0'), 0)
  t.equal(share('1'), 1)
  t.equal(wholeNumber(0, 20)('020'), 20)
})

t.test('anything else is refused, and what was expected is said', async (t) => {
  for (const text of ['', ' ', '0', '-1', 'NaN', '1000001', 'Infinity', '1,5']) {
    t.throws(() => positive(text), { message: /above 0, at most 1000000/ }, `positive ${text}`)
  }
  for (const text of ['', '-0.1', '1.1', 'half']) {
    t.throws(() => share(text), { message: /from 0 to 1/ }, `share ${text}`)
  }
  for (const text of ['', '1', '11', '2.5', '1e1', '0x5', '-3']) {
    t.throws(() => wholeNumber(2, 10)(text), { message: /from 2 to 10/ }, `whole number ${text}`)
  }
})
