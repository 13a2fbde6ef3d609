import type { StreamRecord } from '../../core/stream-record.js'
import { type FirstBytes, SIGNATURES } from './signatures.js'

/** What the hint is made from. */
export type TriageInput = Pick<
  StreamRecord,
  'kind' | 'context' | 'transport' | 'firstEight' | 'payloadPrefix' | 'payloadLength'
>

/** Length of a DNS header, bytes (RFC 1035 section 4.1.1). */
const DNS_HEADER_BYTES = 12

/**
 * What a stream's first bytes look like, in words, for the analyst: `SSH banner`, `all zero`. It never enters the
 * score. The protocol is a guess from at most 64 bytes: anyone can send them.
 */
export function triageHint(record: TriageInput): string {
  const fromStart = startsWithFirstEight(record)
  const bytes = fromStart ? record.payloadPrefix : record.firstEight
  const first: FirstBytes = {
    transport: record.transport,
    bytes,
    text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
    length: fromStart ? record.payloadLength : bytes.length,
  }
  return [nameOf(first, record), ...remarksOn(first, record, fromStart)].join('; ')
}

/** A TCP stream may reach its eighth byte in a later packet than its first; then that packet is not its start. */
function startsWithFirstEight({ payloadPrefix, firstEight }: TriageInput): boolean {
  if (payloadPrefix.length < firstEight.length) return false
  return firstEight.every((byte, index) => byte === payloadPrefix[index])
}

function nameOf(first: FirstBytes, record: TriageInput): string {
  if (first.bytes.length === 0) return 'empty'
  const signature = SIGNATURES.find(
    ({ transport, matches }) => (transport === undefined || transport === first.transport) && matches(first),
  )
  return (
    signature?.name ??
    uniform(first) ??
    oddDnsHeader(first, record) ??
    printable(first) ??
    randomLooking(first)
  )
}

function uniform({ bytes }: FirstBytes): string | undefined {
  const value = bytes[0]
  if (bytes.some((byte) => byte !== value)) return undefined
  return value === 0 ? 'all zero' : `every byte is 0x${value?.toString(16).padStart(2, '0')}`
}

function printable({ text }: FirstBytes): string | undefined {
  if (!/^[\x20-\x7e\t\r\n]+$/.test(text)) return undefined
  return `printable text ${JSON.stringify(text.slice(0, 24))}`
}

/** Distinct values in a run of random bytes stay near its length; structured binary repeats itself, zeros above all. */
function randomLooking({ bytes }: FirstBytes): string {
  if (bytes.length < 16) return 'no known protocol'
  const distinct = new Set(bytes).size
  const zeros = bytes.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0)
  const random = distinct >= bytes.length * 0.8 && zeros <= bytes.length / 16
  return random ? 'random-looking: encrypted or compressed' : 'unknown binary'
}

/** Where the bytes could still be a DNS header: which of its fields do not fit. */
function oddDnsHeader(first: FirstBytes, { context, transport }: TriageInput): string | undefined {
  const header = transport === 'tcp' ? first.bytes.subarray(2) : first.bytes
  if (header.length < 6) return undefined
  const opcode = (header[2]! >> 3) & 15
  const rcode = header[3]! & 15
  const questions = header[4]! * 256 + header[5]!
  const answers = header.length < 8 ? 0 : header[6]! * 256 + header[7]!
  if (opcode > 6 || opcode === 3 || questions > 8 || answers > 1024) return undefined

  const isQuery = (header[2]! & 0x80) === 0
  const travelsAsQuery = context.endsWith('query')
  const odd = [
    isQuery === travelsAsQuery ? '' : `QR bit of a ${isQuery ? 'query' : 'response'}`,
    (header[3]! & 0x40) !== 0 ? 'reserved bit set' : '',
    opcode !== 0 ? `opcode ${opcode}` : '',
    isQuery && rcode !== 0 ? `RCODE ${rcode} in a query` : '',
    questions !== 1 ? `QDCOUNT ${questions}` : '',
    isQuery && answers !== 0 ? `ANCOUNT ${answers} in a query` : '',
  ].filter((remark) => remark !== '')
  return `DNS-like header${odd.length === 0 ? '' : ` with odd fields: ${odd.join(', ')}`}`
}

function remarksOn(first: FirstBytes, record: TriageInput, fromStart: boolean): string[] {
  if (record.kind === 'short') return [`ended after ${record.firstEight.length} of eight bytes`]
  if (record.transport === 'udp') {
    return record.payloadLength < DNS_HEADER_BYTES
      ? [`${record.payloadLength} bytes, less than a DNS header`]
      : []
  }
  const prefix = first.bytes[0]! * 256 + first.bytes[1]!
  const carried = record.payloadLength - 2
  return fromStart && prefix > carried
    ? [`as a DNS length prefix its first two bytes promise ${prefix} bytes, the packet carried ${carried}`]
    : []
}
