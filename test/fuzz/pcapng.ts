import type { Random } from '../../bench/traffic/random.js'
import type { LinkFrame } from './corpus.js'

/** Block types of draft-ietf-opsawg-pcapng. */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const SIMPLE_PACKET = 3
const NAME_RESOLUTION = 4
const ENHANCED_PACKET = 6
const CUSTOM = 0xbad

/** A pcapng stream of these frames, with one interface a link type, in a byte order of chance, other blocks strewn in. */
export function pcapngOf(random: Random, frames: readonly LinkFrame[]): Buffer {
  const little = random.chance(0.5)
  const linkTypes = [...new Set(frames.map((frame) => frame.linkType))]
  const blocks = [
    block(little, SECTION_HEADER, words(little, 0x1a2b3c4d, little ? 1 : 1 << 16, 0xffffffff, 0xffffffff)),
    ...linkTypes.map((linkType) => interfaceBlock(random, little, linkType)),
  ]
  frames.forEach((frame, index) => {
    const { length } = frame.bytes
    const number = linkTypes.indexOf(frame.linkType)
    if (number === 0 && random.chance(0.2)) {
      blocks.push(block(little, SIMPLE_PACKET, words(little, length), frame.bytes))
    } else {
      const header = words(little, number, 0x0005d000, index * 1000, length, length)
      blocks.push(block(little, ENHANCED_PACKET, header, frame.bytes))
    }
    // A block of another kind may be longer than what the kernel holds at once.
    const other = random.chance(0.002) ? Buffer.alloc(270_000 + random.below(400_000)) : random.bytes(20)
    if (other.length > 20 || random.chance(0.1)) {
      blocks.push(block(little, random.pick([NAME_RESOLUTION, CUSTOM, 9999]), other))
    }
  })
  return Buffer.concat(blocks)
}

function interfaceBlock(random: Random, little: boolean, linkType: number): Buffer {
  const linkTypeAndReserved = little ? linkType : linkType * 0x10000
  // if_tsresol (option 9, one byte): nanoseconds; then the end of the options.
  const option = little ? [0x00010009, 9, 0] : [0x00090001, 0x09000000, 0]
  const options = random.chance(0.5) ? words(little, ...option) : Buffer.alloc(0)
  return block(little, INTERFACE_DESCRIPTION, words(little, linkTypeAndReserved, 65535), options)
}

function block(little: boolean, type: number, ...body: Buffer[]): Buffer {
  const bytes = Buffer.concat(body)
  const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4)
  const total = bytes.length + padding.length + 12
  return Buffer.concat([words(little, type, total), bytes, padding, words(little, total)])
}

function words(little: boolean, ...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  numbers.forEach((number, index) => {
    if (little) bytes.writeUInt32LE(number >>> 0, index * 4)
    else bytes.writeUInt32BE(number >>> 0, index * 4)
  })
  return bytes
}
