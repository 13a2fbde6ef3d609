import { firsteight } from '../generated/messages.js'
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkInteger,
  checkText,
  checkUuid,
  invalidField,
} from './message-checks.js'
import { type Complete, checkHeader, decode, SCHEMA_VERSION } from './messages.js'

/** Commands, their results, and evidence in chunks (proto/command.proto). */

const { v1 } = firsteight
const { Order } = v1

export type Command = Complete<firsteight.v1.Command.$Properties>
export type EvidenceOffer = Complete<firsteight.v1.EvidenceOffer.$Properties>
export type EvidenceChunk = Complete<firsteight.v1.EvidenceChunk.$Properties>
export type CommandResult = Omit<Complete<firsteight.v1.CommandResult.$Properties>, 'evidence'> & {
  evidence: EvidenceOffer | null
}

/** Bytes of a chunk, except for the last. */
export const CHUNK_BYTES = 49_152
/** Most that one capture may be asked for. */
export const CAPTURE_LIMITS = { seconds: 300, packets: 10_000, bytes: 2_097_152 } as const
export const MOST_LISTED = 200
const MOST_CHUNKS = 4096
const MOST_FIGURES = 256

/** @throws FirsteightError MESSAGE_INVALID naming the field */
export function encodeCommand(command: firsteight.v1.Command.$Properties): Uint8Array {
  const bytes = v1.Command.encode({ schemaVersion: SCHEMA_VERSION, ...command }).finish()
  decodeCommand(bytes)
  return bytes
}

/** @throws FirsteightError MESSAGE_INVALID naming the field */
export function decodeCommand(bytes: Uint8Array): Command {
  const command = decode(v1.Command, bytes) as Command
  checkVersion(command)
  checkUuid('id', command.id)
  checkEnum('order', command.order, Order)
  if (command.order === Order.ORDER_FETCH_EVIDENCE) {
    checkUuid('event_id', command.eventId)
    checkInteger('first_chunk', command.firstChunk, MOST_CHUNKS)
  }
  if (command.order === Order.ORDER_CAPTURE) {
    for (const field of ['seconds', 'packets', 'bytes'] as const)
      checkInteger(field, command[field], CAPTURE_LIMITS[field], 1)
  }
  return command
}

/** @throws FirsteightError MESSAGE_INVALID naming the field */
export function encodeCommandResult(result: firsteight.v1.CommandResult.$Properties): Uint8Array {
  const bytes = v1.CommandResult.encode(result).finish()
  decodeCommandResult(bytes)
  return bytes
}

/** @throws FirsteightError MESSAGE_INVALID naming the field */
export function decodeCommandResult(bytes: Uint8Array): CommandResult {
  const result = decode(v1.CommandResult, bytes) as CommandResult
  checkHeader(result.header)
  checkText('command_id', result.commandId, 64)
  checkEnum('state', result.state, v1.CommandState)
  checkText('code', result.code, 64)
  checkText('message', result.message, 1024)
  checkCount('figures', result.figures, MOST_FIGURES)
  for (const { name, value } of result.figures) {
    checkText('figures.name', name, 128)
    if (!Number.isFinite(value)) throw invalidField('figures.value', 'a number', String(value))
  }
  if (result.evidence != null) {
    const { eventId, bytes: length, sha256, chunks } = result.evidence
    checkUuid('evidence.event_id', eventId)
    checkInteger('evidence.bytes', length, MOST_CHUNKS * CHUNK_BYTES)
    checkBytes('evidence.sha256', sha256, { minimum: 32, maximum: 32 })
    checkInteger('evidence.chunks', chunks, MOST_CHUNKS)
  }
  checkCount('files', result.files, MOST_LISTED)
  for (const { eventId, bytes: length, writtenAtMicroseconds } of result.files) {
    checkUuid('files.event_id', eventId)
    checkInteger('files.bytes', length)
    checkInteger('files.written_at_microseconds', writtenAtMicroseconds)
  }
  return result
}

export function encodeEvidenceChunk(chunk: firsteight.v1.EvidenceChunk.$Properties): Uint8Array {
  return v1.EvidenceChunk.encode({ schemaVersion: SCHEMA_VERSION, ...chunk }).finish()
}

/** @throws FirsteightError MESSAGE_INVALID naming the field */
export function decodeEvidenceChunk(bytes: Uint8Array): EvidenceChunk {
  const chunk = decode(v1.EvidenceChunk, bytes) as EvidenceChunk
  checkVersion(chunk)
  checkUuid('event_id', chunk.eventId)
  checkInteger('chunks', chunk.chunks, MOST_CHUNKS, 1)
  checkInteger('number', chunk.number, chunk.chunks - 1)
  checkInteger('total_bytes', chunk.totalBytes, chunk.chunks * CHUNK_BYTES)
  const length = Math.min(CHUNK_BYTES, chunk.totalBytes - chunk.number * CHUNK_BYTES)
  checkBytes('data', chunk.data, { minimum: length, maximum: length })
  return chunk
}

function checkVersion({ schemaVersion }: { schemaVersion: number }): void {
  if (schemaVersion !== SCHEMA_VERSION)
    throw invalidField('schema_version', String(SCHEMA_VERSION), String(schemaVersion))
}
