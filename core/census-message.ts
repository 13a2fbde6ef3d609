import { firsteight } from '../generated/messages.js'
import { CONTEXT_NAMES, type ContextName, contextName, contextNumber } from './contexts.js'
import { checkBytes, checkCount, checkEnum, checkInteger, invalidField } from './message-checks.js'
import { type Complete, checkHeader, checkModelId, decode, type Header } from './messages.js'

const { v1 } = firsteight

/** Most patterns in one message, so that it stays below 65,536 bytes: eight bytes each, and at most eight for the count. */
export const PART_PATTERNS = 4000
/** Most messages of one census: the kernel counts 8,192 patterns. */
export const MAXIMUM_PARTS = 8

/** How often each masked pattern of one context came. */
export interface ContextCensus {
  context: ContextName
  /** Eight bytes. */
  inputMask: Uint8Array
  /** Eight bytes a pattern, ascending, each once. */
  patterns: Uint8Array
  /** One for each pattern, at least 1. */
  counts: number[]
  /** Streams whose pattern found no room. */
  overflow: number
}

/** One message of an agent's census. */
export interface CensusPart {
  header: Header
  /** Of this boot, from 1. */
  number: number
  /** From 1 to `parts`. */
  part: number
  parts: number
  fromMicroseconds: number
  toMicroseconds: number
  modelId: string
  contexts: ContextCensus[]
}

/** @throws FirsteightError MESSAGE_INVALID naming the field, when no receiver would accept the message */
export function encodeCensusPart(census: CensusPart): Uint8Array {
  const contexts = census.contexts.map((entry) => ({ ...entry, context: contextNumber(entry.context) }))
  const bytes = v1.Census.encode({ ...census, contexts }).finish()
  decodeCensusPart(bytes)
  return bytes
}

/**
 * @param bytes as received: hostile until checked
 * @throws FirsteightError MESSAGE_INVALID naming the field, or the byte offset where the protobuf is damaged
 */
export function decodeCensusPart(bytes: Uint8Array): CensusPart {
  const census = decode(v1.Census, bytes) as Complete<firsteight.v1.Census.$Properties>
  checkHeader(census.header)
  checkInteger('number', census.number, undefined, 1)
  checkInteger('parts', census.parts, MAXIMUM_PARTS, 1)
  checkInteger('part', census.part, census.parts, 1)
  checkInteger('from_microseconds', census.fromMicroseconds)
  checkInteger('to_microseconds', census.toMicroseconds)
  if (census.fromMicroseconds > census.toMicroseconds)
    throw invalidField('from_microseconds', 'a time before the end', 'one after')
  checkModelId('model_id', census.modelId)
  checkCount('contexts', census.contexts, CONTEXT_NAMES.length)
  const contexts = census.contexts.map((entry) => {
    checkContext(entry)
    return { ...entry, context: contextName(entry.context)! }
  })
  if (new Set(contexts.map(({ context }) => context)).size < contexts.length)
    throw invalidField('contexts', 'each context once', 'one twice')
  return { ...census, contexts }
}

function checkContext(entry: Complete<firsteight.v1.ContextCensus.$Properties>): void {
  const { context, inputMask, patterns, counts, overflow } = entry
  checkEnum('contexts.context', context, v1.Context)
  checkBytes('contexts.input_mask', inputMask, { minimum: 8, maximum: 8 })
  checkCount('contexts.counts', counts, PART_PATTERNS)
  checkBytes('contexts.patterns', patterns, { minimum: 8 * counts.length, maximum: 8 * counts.length })
  for (const count of counts) checkInteger('contexts.counts', count, undefined, 1)
  checkInteger('contexts.overflow', overflow)
  const view = Buffer.from(patterns.buffer, patterns.byteOffset, patterns.length)
  const outside = ~Buffer.from(inputMask).readBigUInt64BE(0) & 0xffff_ffff_ffff_ffffn
  let previous = -1n
  for (let at = 0; at < view.length; at += 8) {
    const pattern = view.readBigUInt64BE(at)
    if ((pattern & outside) !== 0n)
      throw invalidField('contexts.patterns', 'patterns within the mask', 'one beyond')
    if (pattern <= previous) throw invalidField('contexts.patterns', 'patterns in ascending order', 'another')
    previous = pattern
  }
}
