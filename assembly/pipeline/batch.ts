import { add, COUNTER_PACKETS, COUNTER_STREAMS, COUNTER_UDP_DATAGRAMS, count } from '../counters'
import { countAnomalousDatagram, countDatagram, touchDatagrams } from '../flow/datagrams'
import { BATCH, BATCH_ENTRIES, BATCH_ENTRY_BYTES } from '../memory'
import { findLoss, findPending } from '../model/loss'
import { decodePacket } from '../wire/linktype'
import { frame, frameLength, linkType, payload } from '../wire/packet'
import { CONTEXT_UDP_QUERY, CONTEXT_UDP_RESPONSE } from './contexts'
import { addDatagram, isReported, reportScored } from './report'
import { judge } from './score'

/**
 * Datagrams that wait to be scored and counted, until there are BATCH_ENTRIES, or anything else is to be reported, or
 * their bytes go: then all are finished in the order they came, so that nothing shows that they waited. What is known
 * of their flows comes into the processor's cache together, instead of one after another, and what the memo does not
 * know is scored four at a time.
 *
 * Entry:
 */
const PATTERN: usize = 0 // u64, masked bytes
const HASH: usize = 8 // u64, the flow's
const TIME: usize = 16 // f64, microseconds since 1970
const LOSS: usize = 24 // u32
const CONTEXT: usize = 28 // i32
const FRAME: usize = 32 // u32, address
const FRAME_LENGTH: usize = 36 // i32
const LINK_TYPE: usize = 40 // i32

let waiting: usize = 0

/**
 * Adds a datagram of at least eight bytes that has one server port.
 * @param pattern its masked first eight bytes
 * @param hash its flow's
 */
// inline
export function addToBatch(
  context: i32,
  pattern: u64,
  hash: u64,
  linkType: i32,
  frame: usize,
  frameLength: i32,
  time: f64,
): void {
  const entry = BATCH + waiting * BATCH_ENTRY_BYTES
  store<u64>(entry, pattern, PATTERN)
  store<u64>(entry, hash, HASH)
  store<f64>(entry, time, TIME)
  store<i32>(entry, context, CONTEXT)
  store<u32>(entry, <u32>frame, FRAME)
  store<i32>(entry, frameLength, FRAME_LENGTH)
  store<i32>(entry, linkType, LINK_TYPE)
  findLoss(context, pattern, entry + LOSS)
  if (++waiting == BATCH_ENTRIES) finishBatch()
}

/** Scores, counts and reports all that wait. What was decoded last stays decoded. */
export function finishBatch(): void {
  if (waiting == 0) return
  findPending(CONTEXT_UDP_QUERY)
  findPending(CONTEXT_UDP_RESPONSE)
  const end = BATCH + waiting * BATCH_ENTRY_BYTES
  add(COUNTER_PACKETS, waiting)
  add(COUNTER_UDP_DATAGRAMS, waiting)
  waiting = 0
  for (let entry = BATCH; entry < end; entry += BATCH_ENTRY_BYTES) touchDatagrams(load<u64>(entry, HASH))
  for (let entry = BATCH; entry < end; entry += BATCH_ENTRY_BYTES) {
    const context = load<i32>(entry, CONTEXT)
    const flow = countDatagram(load<u64>(entry, HASH))
    count(COUNTER_STREAMS + context)
    const anomalous = judge(context, load<u64>(entry, PATTERN), load<u32>(entry, LOSS), true)
    if (anomalous) countAnomalousDatagram(flow)
    if (isReported(anomalous)) report(entry, flow, anomalous)
  }
}

/** Decodes the datagram again for its report, then the packet that was decoded last. */
function report(entry: usize, flow: usize, anomalous: bool): void {
  const lastLinkType = linkType
  const lastFrame = frame
  const lastLength = frameLength
  const context = load<i32>(entry, CONTEXT)
  const loss = load<u32>(entry, LOSS)
  decodePacket(load<i32>(entry, LINK_TYPE), load<u32>(entry, FRAME), load<i32>(entry, FRAME_LENGTH))
  const record = reportScored(context, payload, loss, anomalous, load<f64>(entry, TIME))
  addDatagram(record, flow, context == CONTEXT_UDP_QUERY)
  decodePacket(lastLinkType, lastFrame, lastLength)
}
