import { FAULT_MAGIC_UNKNOWN, FAULT_NONE } from '../errors'
import { PACKET } from '../memory'
import { finishBatch } from '../pipeline/batch'
import { hasRoom } from '../records'
import {
  addInput,
  available,
  beginInput,
  compact,
  inputFault,
  isSkipping,
  position,
  setFault,
  streamOffset,
} from './input'
import { beginPcap, isPcapMagic, stepPcap, writePcapHeader } from './pcap'
import { BLOCK_SECTION_HEADER, beginPcapng, stepPcapng, writePcapngHeader } from './pcapng'
import { STEP_FAULT, STEP_HELD, STEP_MORE } from './step'

/** Walks the records of a capture stream, pcap or pcapng, as its first four bytes say. */

const FORMAT_UNKNOWN: i32 = 0
const FORMAT_PCAP: i32 = 1
const FORMAT_PCAPNG: i32 = 2

/** Every complete record was read. */
export const WALK_ALL: i32 = 0
/** The records must be taken first, then walk on with no new bytes. */
export const WALK_RECORDS_FULL: i32 = 1
/** The next packet is later than asked for; its time is heldTime(). */
export const WALK_HELD: i32 = 2
/** The stream is damaged: inputFault(), inputFaultOffset(). */
export const WALK_FAULT: i32 = 3

let format: i32 = FORMAT_UNKNOWN

export function beginStream(): void {
  format = FORMAT_UNKNOWN
  beginInput()
}

function recognise(): bool {
  const magic = load<u32>(position)
  if (magic == BLOCK_SECTION_HEADER) {
    format = FORMAT_PCAPNG
    beginPcapng()
  } else if (isPcapMagic(magic)) {
    format = FORMAT_PCAP
    beginPcap()
  } else {
    setFault(FAULT_MAGIC_UNKNOWN, streamOffset())
    return false
  }
  return true
}

/**
 * Takes `length` new bytes and reads every complete record up to the time `until` (microseconds since 1970).
 * @returns a WALK_ number
 */
export function walk(length: i32, until: f64): i32 {
  if (inputFault() != FAULT_NONE) return WALK_FAULT
  addInput(length)
  let outcome = WALK_ALL
  if (format == FORMAT_UNKNOWN && available() >= 4 && !recognise()) return WALK_FAULT
  while (format != FORMAT_UNKNOWN && !isSkipping()) {
    if (!hasRoom()) {
      outcome = WALK_RECORDS_FULL
      break
    }
    const step = format == FORMAT_PCAP ? stepPcap(until) : stepPcapng(until)
    if (step == STEP_MORE) break
    if (step == STEP_HELD) {
      outcome = WALK_HELD
      break
    }
    if (step == STEP_FAULT) {
      outcome = WALK_FAULT
      break
    }
  }
  finishBatch()
  if (outcome == WALK_FAULT) return outcome
  compact()
  return outcome
}

/**
 * Writes to PACKET what another kernel must read before it can go on with this stream's unread bytes: magic number, byte
 * order, and the interfaces so far. Returns its length; 0 when nothing of the stream has been read.
 */
export function streamHeader(): i32 {
  if (format == FORMAT_PCAP) return <i32>writePcapHeader(PACKET)
  return format == FORMAT_PCAPNG ? <i32>writePcapngHeader(PACKET) : 0
}
