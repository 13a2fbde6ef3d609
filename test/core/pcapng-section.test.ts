import t from 'tap'
import { pcapngSection } from '../../agent/evidence/pcapng.js'
import { firstSectionBytes } from '../../core/pcapng-section.js'

function section(comment: string): Uint8Array {
  const frame = { timeMicroseconds: 5, linkType: 1, originalLength: 60, bytes: new Uint8Array(60) }
  return pcapngSection({ comment, application: 'test', snaplen: 4096, frames: [frame] })
}

t.test('the first of several sections, wherever the bytes lie', async (t) => {
  const [first, second] = [section('a'), section('longer than the first')]
  const both = Buffer.concat([Buffer.alloc(3), first, second]).subarray(3)
  t.equal(firstSectionBytes(both), first.length)
  t.equal(firstSectionBytes(second), second.length)
})

t.test('cut at every byte, and what is no pcapng, is no section', async (t) => {
  const whole = section('a')
  for (let length = 0; length < whole.length; length++) {
    if (firstSectionBytes(whole.subarray(0, length)) !== undefined) t.fail(`cut at ${length}`)
  }
  t.equal(firstSectionBytes(Buffer.alloc(64)), undefined)
  const swapped = Buffer.from(whole)
  swapped.writeUInt32BE(0x1a2b3c4d, 8)
  t.equal(firstSectionBytes(swapped), undefined, 'the other byte order')
})

t.test('lengths that lie', async (t) => {
  const changed = (length: bigint) => {
    const bytes = Buffer.from(section('a'))
    bytes.writeBigInt64LE(length, 16)
    return firstSectionBytes(bytes)
  }
  for (const length of [-1n, 1n << 40n, (1n << 63n) - 1n, -(1n << 63n)]) t.equal(changed(length), undefined)
})
