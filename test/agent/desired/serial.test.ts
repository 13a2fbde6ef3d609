import t from 'tap'
import { Serial } from '../../../agent/desired/serial.js'

t.test('one after the other, in order; too many are turned away', async (t) => {
  const serial = new Serial()
  const seen: number[] = []
  let running = 0
  const job = (number: number) => async () => {
    t.equal(++running, 1, 'alone')
    await new Promise((resolve) => setImmediate(resolve))
    running--
    seen.push(number)
  }
  const taken = Array.from({ length: 40 }, (_, number) => serial.run(job(number)))
  t.equal(taken.filter(Boolean).length, 32)
  await serial.done()
  t.same(seen, [...Array(32).keys()])
  t.ok(serial.run(job(99)), 'there is room again')
  await serial.done()
  t.equal(seen.at(-1), 99)
})
