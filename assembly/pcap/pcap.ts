import { FAULT_RECORD_TOO_LONG, FAULT_VERSION_UNSUPPORTED } from '../errors'
import { processPacket } from '../pipeline/packet'
import { available, consume, MOST_PACKET, position, setFault, streamOffset } from './input'
import { holdAt, STEP_FAULT, STEP_MORE, STEP_READ } from './step'

/** The pcap format (draft-ietf-opsawg-pcap), both byte orders, microseconds and nanoseconds. */

const MAGIC_MICROSECONDS: u32 = 0xa1b2c3d4
const MAGIC_NANOSECONDS: u32 = 0xa1b23c4d
const FILE_HEADER: u32 = 24
const RECORD_HEADER: u32 = 16

let swapped: bool = false
let nanoseconds: bool = false
let headerRead: bool = false
let linkType: i32 = 0

export function isPcapMagic(magic: u32): bool {
  return (
    magic == MAGIC_MICROSECONDS ||
    magic == MAGIC_NANOSECONDS ||
    bswap<u32>(magic) == MAGIC_MICROSECONDS ||
    bswap<u32>(magic) == MAGIC_NANOSECONDS
  )
}

export function beginPcap(): void {
  headerRead = false
}

function word(at: usize): u32 {
  const value = load<u32>(at)
  return swapped ? bswap<u32>(value) : value
}

function readHeader(): i32 {
  if (available() < FILE_HEADER) return STEP_MORE
  const magic = load<u32>(position)
  swapped = magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS
  nanoseconds = word(position) == MAGIC_NANOSECONDS
  const versions = word(position + 4)
  const major = swapped ? versions >> 16 : versions & 0xffff
  if (major != 2) {
    setFault(FAULT_VERSION_UNSUPPORTED, streamOffset() + 4)
    return STEP_FAULT
  }
  // The upper bits say whether frames end with a checksum, which IP's own lengths leave out.
  linkType = <i32>(word(position + 20) & 0xffff)
  headerRead = true
  consume(FILE_HEADER)
  return STEP_READ
}

function putWord(at: usize, value: u32): void {
  store<u32>(at, swapped ? bswap<u32>(value) : value)
}

/** Writes the file header at `at`, as far as it matters here. Returns its length; 0 when it has not been read yet. */
export function writePcapHeader(at: usize): u32 {
  if (!headerRead) return 0
  putWord(at, nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS)
  putWord(at + 4, swapped ? 0x00020004 : 0x00040002)
  putWord(at + 8, 0)
  putWord(at + 12, 0)
  putWord(at + 16, MOST_PACKET)
  putWord(at + 20, <u32>linkType)
  return FILE_HEADER
}

/** Reads the file header or one record. Returns a STEP_. */
// inline
export function stepPcap(until: f64): i32 {
  if (!headerRead) return readHeader()
  if (available() < RECORD_HEADER) return STEP_MORE
  const captured = word(position + 8)
  // Before any sum, so that no length can wrap.
  if (captured > MOST_PACKET) {
    setFault(FAULT_RECORD_TOO_LONG, streamOffset() + 8)
    return STEP_FAULT
  }
  if (available() < RECORD_HEADER + captured) return STEP_MORE
  const fraction = word(position + 4)
  const time = <f64>word(position) * 1000000 + <f64>(nanoseconds ? fraction / 1000 : fraction)
  if (time > until) return holdAt(time)
  const original = <i32>word(position + 12)
  processPacket(linkType, position + RECORD_HEADER, <i32>captured, original, time)
  consume(RECORD_HEADER + captured)
  return STEP_READ
}
