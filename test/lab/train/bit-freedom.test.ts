import t from 'tap'
import { bitFreedom, changeBit } from '../../../lab/train/bit-freedom.js'

const patterns = (...hexes: string[]) => hexes.map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))

t.test('freedom is the share of patterns that have a twin without the bit or with it', async (t) => {
  // The last bit has both values beside otherwise equal bytes; bits 0 and 1 only change together.
  const freedom = bitFreedom(
    patterns('0000000000000000', '0000000000000001', 'c000000000000000', 'c000000000000001'),
  )
  t.equal(freedom.length, 64)
  t.equal(freedom[63], 1)
  t.equal(freedom[0], 0)
  t.equal(freedom[1], 0)
  t.equal(bitFreedom(patterns('0000000000000000', '0000000000000001', 'ff00000000000000'))[63], 2 / 3)
})

t.test('a changed bit leaves the pattern as it was', async (t) => {
  const [pattern] = patterns('0000000000000000')
  t.same([...changeBit(pattern!, 8)], [0, 0x80, 0, 0, 0, 0, 0, 0])
  t.same([...pattern!], [0, 0, 0, 0, 0, 0, 0, 0])
})
