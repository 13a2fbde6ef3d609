import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { PackedReader, PackedWriter } from '../../core/packed-numbers.js'
import protobuf from '../../core/protobuf.js'

/** Around the lengths of varints, and what no integer or no safe one is. */
const LENGTHS = [0, 1, 127, 128, 16383, 16384, 2 ** 21 - 1, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 35, 2 ** 53]
const whole = fc.oneof(fc.constantFrom(...LENGTHS), fc.nat(), fc.maxSafeNat())

function outcomeOf<T>(action: () => T): T | 'refused' {
  try {
    return action()
  } catch {
    return 'refused'
  }
}

t.test('packed numbers are written byte for byte as by protobufjs', async (t) => {
  const ours = new PackedWriter()
  const theirs = protobuf.Writer.create()
  for (const writer of [ours, theirs]) {
    writer.uint64s(LENGTHS).uint64s([]).uint64s([1, 2, 300]).floats([0.1, -0, 1e30, Number.NaN])
    writer.doubles([0.1, Number.NEGATIVE_INFINITY]).doubles([]).uint32(7)
  }
  t.same(ours.finish(), theirs.finish())
  fc.assert(
    fc.property(fc.array(whole), (numbers) => {
      const [ours, theirs] = [new PackedWriter(), protobuf.Writer.create()]
      return Buffer.compare(ours.uint64s(numbers).finish(), theirs.uint64s(numbers).finish()) === 0
    }),
  )
})

t.test('packed numbers are read as they were written, many, too', async (t) => {
  const many = Array.from({ length: 10_000 }, (_, index) => index / 8)
  const bytes = new PackedWriter().floats(many).doubles(many).uint64s(LENGTHS).finish()
  const reader = new PackedReader(bytes)
  t.same(reader.floats(), many)
  t.same(reader.doubles(), many)
  t.same(reader.uint64s(), LENGTHS)
})

t.test('any bytes are read, or refused, as by protobufjs', async () => {
  const varints = fc.array(fc.oneof(fc.constantFrom(0x80, 0xff, 0x7f, 0), fc.nat(255)), { maxLength: 40 })
  fc.assert(
    fc.property(varints, fc.nat(50), (content, length) => {
      const bytes = Uint8Array.from([length, ...content])
      return (['uint64s', 'floats', 'doubles'] as const).every((numbers) => {
        const [ours, theirs] = [new PackedReader(bytes), new protobuf.Reader(bytes)].map((reader) =>
          outcomeOf(() => ({ numbers: reader[numbers]([5]), position: reader.pos, end: reader.len })),
        )
        return isDeepStrictEqual(ours, theirs)
      })
    }),
    { numRuns: 2000 },
  )
})
