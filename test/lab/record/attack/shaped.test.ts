import t from 'tap'
import { SHAPES } from '../../../../lab/record/attack/shaped.js'

const piecesOf = (name: string) => {
  const shape = SHAPES.find((candidate) => candidate.name === name)!
  return Array.from({ length: shape.count }, (_, index) => shape.exchange(index)).flatMap(
    ({ client, server }) => [...client, ...server],
  )
}

t.test('all but the short ones are long enough to be scored', async (t) => {
  for (const { name } of SHAPES) {
    const lengths = piecesOf(name).map((piece) => piece.length)
    if (name === 'seven-bytes') t.ok(Math.max(...lengths) === 7 && Math.min(...lengths) === 1, name)
    else t.ok(Math.min(...lengths) >= 8, name)
    t.ok(Math.max(...lengths) <= 1472, `${name}: fits a datagram`)
  }
})

t.test('length prefixes are true', async (t) => {
  const readers = {
    'two-byte-big-endian': (view: DataView) => view.getUint16(0) + 2,
    'two-byte-little-endian': (view: DataView) => view.getUint16(0, true) + 2,
    'four-byte-big-endian': (view: DataView) => view.getUint32(0) + 4,
    'four-byte-little-endian': (view: DataView) => view.getUint32(0, true) + 4,
  }
  for (const [name, read] of Object.entries(readers)) {
    const pieces = piecesOf(`length-${name}`)
    t.ok(
      pieces.every((piece) => read(new DataView(piece.buffer, piece.byteOffset)) === piece.length),
      name,
    )
  }
  t.ok(piecesOf('length-type-text').every((piece) => Buffer.from(piece).readUInt16BE() + 2 === piece.length))
})

t.test('constant, counted and text shapes are what they say', async (t) => {
  t.ok(piecesOf('all-zero').every((piece) => piece.every((byte) => byte === 0)))
  t.ok(piecesOf('all-ones').every((piece) => piece.every((byte) => byte === 255)))
  t.equal(piecesOf('counted')[4 * 7 + 0]![7], 7, 'the eighth exchange counts in eight bytes')
  t.ok(piecesOf('text').every((piece) => /^[\x20-\x7e\n]+$/.test(Buffer.from(piece).toString('latin1'))))
})
