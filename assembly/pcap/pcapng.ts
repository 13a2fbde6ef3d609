import {
  FAULT_BLOCK_LENGTH_INVALID,
  FAULT_BLOCK_LENGTHS_DIFFER,
  FAULT_BYTE_ORDER_UNKNOWN,
  FAULT_PACKET_LENGTH_INVALID,
  FAULT_RECORD_TOO_LONG,
  FAULT_VERSION_UNSUPPORTED,
} from '../errors'
import { processPacket } from '../pipeline/packet'
import { available, consume, MOST_PACKET, MOST_RECORD, position, setFault, skip, streamOffset } from './input'
import {
  addInterface,
  clearInterfaces,
  interfaces,
  linkTypeOf,
  microsecondsOf,
  offsetOf,
  resolutionOf,
} from './interfaces'
import { holdAt, STEP_FAULT, STEP_MORE, STEP_READ } from './step'

/** The pcapng format (draft-ietf-opsawg-pcapng): sections of both byte orders; blocks that hold no packets are skipped. */

/** The same in both byte orders. */
export const BLOCK_SECTION_HEADER: u32 = 0x0a0d0d0a
const BLOCK_INTERFACE: u32 = 1
const BLOCK_PACKET: u32 = 2 // obsolete, still met
const BLOCK_SIMPLE_PACKET: u32 = 3
const BLOCK_ENHANCED_PACKET: u32 = 6
const BYTE_ORDER_MAGIC: u32 = 0x1a2b3c4d
/** Type, total length, total length again. */
const BLOCK_FRAME: u32 = 12

let swapped: bool = false
/** A simple packet block has no time: it gets the last one seen. */
let lastTime: f64 = 0

export function beginPcapng(): void {
  clearInterfaces()
  lastTime = 0
}

function word(at: usize): u32 {
  const value = load<u32>(at)
  return swapped ? bswap<u32>(value) : value
}

function half(at: usize): u32 {
  const value = load<u16>(at)
  return <u32>(swapped ? bswap<u16>(value) : value)
}

function faultAt(code: i32, offset: u32): i32 {
  setFault(code, streamOffset() + <u64>offset)
  return STEP_FAULT
}

/** Reads one block. Returns a STEP_. */
export function stepPcapng(until: f64): i32 {
  if (available() < BLOCK_FRAME) return STEP_MORE
  const type = load<u32>(position)
  if (type == BLOCK_SECTION_HEADER) {
    const magic = load<u32>(position, 8)
    if (magic != BYTE_ORDER_MAGIC && bswap<u32>(magic) != BYTE_ORDER_MAGIC)
      return faultAt(FAULT_BYTE_ORDER_UNKNOWN, 8)
    swapped = magic != BYTE_ORDER_MAGIC
  }
  const length = word(position + 4)
  if (length < BLOCK_FRAME || length & 3) return faultAt(FAULT_BLOCK_LENGTH_INVALID, 4)
  const ordered = word(position)
  const holdsPacket =
    ordered == BLOCK_PACKET || ordered == BLOCK_SIMPLE_PACKET || ordered == BLOCK_ENHANCED_PACKET
  if (length > MOST_RECORD) {
    if (holdsPacket || ordered == BLOCK_INTERFACE || type == BLOCK_SECTION_HEADER)
      return faultAt(FAULT_RECORD_TOO_LONG, 4)
    skip(length)
    return STEP_READ
  }
  if (available() < length) return STEP_MORE
  if (word(position + <usize>length - 4) != length) return faultAt(FAULT_BLOCK_LENGTHS_DIFFER, length - 4)

  let step = STEP_READ
  if (type == BLOCK_SECTION_HEADER) step = readSection(length)
  else if (ordered == BLOCK_INTERFACE) step = readInterface(length)
  else if (ordered == BLOCK_ENHANCED_PACKET) step = readPacket(length, word(position + 8), until)
  else if (ordered == BLOCK_PACKET) step = readPacket(length, half(position + 8), until)
  else if (ordered == BLOCK_SIMPLE_PACKET) step = readSimplePacket(length)
  if (step == STEP_READ) consume(length)
  return step
}

function readSection(length: u32): i32 {
  if (length < 28) return faultAt(FAULT_BLOCK_LENGTH_INVALID, 4)
  if (half(position + 12) != 1) return faultAt(FAULT_VERSION_UNSUPPORTED, 12)
  clearInterfaces()
  return STEP_READ
}

function readInterface(length: u32): i32 {
  if (length < 20) return faultAt(FAULT_BLOCK_LENGTH_INVALID, 4)
  const fault = addInterface(<i32>half(position + 8), position + 16, position + <usize>length - 4, swapped)
  return fault == 0 ? STEP_READ : faultAt(fault, 16)
}

/** Enhanced packet block, or the obsolete packet block, which differs in its first word only. */
function readPacket(length: u32, interfaceNumber: u32, until: f64): i32 {
  if (length < 32) return faultAt(FAULT_BLOCK_LENGTH_INVALID, 4)
  const captured = word(position + 20)
  if (captured > MOST_PACKET || captured > length - 32) return faultAt(FAULT_PACKET_LENGTH_INVALID, 20)
  const stamp = ((<u64>word(position + 12)) << 32) | <u64>word(position + 16)
  const time = microsecondsOf(interfaceNumber, stamp)
  if (time > until) return holdAt(time)
  lastTime = time
  processPacket(linkTypeOf(interfaceNumber), position + 28, <i32>captured, <i32>word(position + 24), time)
  return STEP_READ
}

/** Its captured length is what the block holds of the original length (the snaplen may have cut it). */
function readSimplePacket(length: u32): i32 {
  if (length < 16) return faultAt(FAULT_BLOCK_LENGTH_INVALID, 4)
  const original = word(position + 8)
  const captured = min(original, length - 16)
  processPacket(linkTypeOf(0), position + 12, <i32>captured, <i32>original, lastTime)
  return STEP_READ
}

function putWord(at: usize, value: u32): void {
  store<u32>(at, swapped ? bswap<u32>(value) : value)
}

function putHalf(at: usize, value: u16): void {
  store<u16>(at, swapped ? bswap<u16>(value) : value)
}

function putFrame(at: usize, type: u32, length: u32): void {
  putWord(at, type)
  putWord(at + 4, length)
  putWord(at + <usize>length - 4, length)
}

const SECTION_BYTES: u32 = 28
/** An interface block with the options if_tsresol and if_tsoffset. */
const INTERFACE_BYTES: u32 = 44

/** Writes a section header and the interfaces so far at `at`: at most 28 + 256 * 44 bytes. Returns the length. */
export function writePcapngHeader(at: usize): u32 {
  putFrame(at, BLOCK_SECTION_HEADER, SECTION_BYTES)
  putWord(at + 8, BYTE_ORDER_MAGIC)
  putHalf(at + 12, 1)
  putHalf(at + 14, 0)
  store<u64>(at, u64.MAX_VALUE, 16)
  let block = at + SECTION_BYTES
  for (let number: u32 = 0; number < interfaces; number++) {
    memory.fill(block, 0, INTERFACE_BYTES)
    putFrame(block, BLOCK_INTERFACE, INTERFACE_BYTES)
    putHalf(block + 8, <u16>linkTypeOf(number))
    putHalf(block + 16, 9)
    putHalf(block + 18, 1)
    store<u8>(block, resolutionOf(number), 20)
    putHalf(block + 24, 14)
    putHalf(block + 26, 8)
    store<i64>(block, swapped ? bswap<i64>(offsetOf(number)) : offsetOf(number), 28)
    block += INTERFACE_BYTES
  }
  return <u32>(block - at)
}
