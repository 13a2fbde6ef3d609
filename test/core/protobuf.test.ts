import t from 'tap'
import { firsteight } from '../../generated/messages.js'

const { Header } = firsteight.v1

t.test('64-bit fields decode as plain numbers, exact up to 2^53', async (t) => {
  for (const sequence of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    t.equal(Header.decode(Header.encode({ sequence }).finish()).sequence, sequence)
  }
})
