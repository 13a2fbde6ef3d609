import t from 'tap'
import { BitUnpacker } from '../../../bench/rivals/unpack.js'

t.test('bits most significant first, masked ones zero, from any place', async (t) => {
  const unpacker = new BitUnpacker(Uint8Array.of(0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01))
  const patterns = Uint8Array.of(9, 9, 9, 0xff, 0xa5, 0x80, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0)
  const bits = new Float32Array(130).fill(7)
  unpacker.unpack(patterns, 3, 2, bits)
  t.same([...bits.subarray(0, 8)], [0, 0, 0, 0, 0, 0, 0, 0])
  t.same([...bits.subarray(8, 16)], [1, -1, 1, -1, 0, 0, 0, 0])
  t.same([...bits.subarray(16, 24)], [1, -1, -1, -1, -1, -1, -1, -1])
  t.same([...bits.subarray(56, 64)], [0, 0, 0, 0, 0, 0, 0, 1])
  t.same([...bits.subarray(72, 80)], [-1, -1, -1, -1, 0, 0, 0, 0], 'the second pattern')
  t.same([...bits.subarray(128)], [7, 7], 'nothing behind')
})
