import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'

/** What a file's streams are said to be. `other` is neither: shown, and counted in no figure. */
export type StreamClass = 'clean' | 'attack' | 'other'

/** One stream to judge, or several that are alike. */
export interface Stream {
  context: ContextName
  /** 16 lower-case hex digits. */
  firstEight: string
  /** Payload bytes of the datagram or stream; undefined when the file does not tell. */
  length: number | undefined
  /** Protocol or program. */
  label: string
  /** The capture that it was seen in: streams of one capture are not independent. */
  capture: string
  /**
   * What it belongs together with: in captures the 5-tuple as `udp CLIENT:PORT SERVER:PORT`; elsewhere, where flows
   * are not told, transport, capture and label.
   */
  flow: string
  /** At least 1. */
  count: number
}

/** A file of streams, read and checked. */
export interface StreamFile {
  file: string
  kind: 'capture' | 'census' | 'table'
  /** Lower-case hex. */
  sha256: string
  streamClass: StreamClass
  streams: Stream[]
  /** Streams that ended before their eighth byte: not scored. */
  short: number
  /** TCP streams whose beginning was not seen: not scored. */
  midstream: number
  /** Where each label first stood: a line number, or undefined where lines do not exist. */
  labels: Map<string, number | undefined>
}

/** A file may be at most this long, bytes; captures, which are read in pieces, are not limited. */
export const TEXT_FILE_LIMIT = 1 << 28

/** Different streams in one capture, beyond which the evaluation refuses it rather than run out of memory. */
export const STREAM_LIMIT = 1 << 22

/** The label of clean streams in captures. */
export const CLEAN_LABEL = 'DNS'

/** The fault of evaluation data, by file and, where there are lines, line (from 1). */
export function invalid(
  file: string,
  line: number | undefined,
  what: string,
  hint?: string,
): FirsteightError {
  const place = line === undefined ? file : `${file}: line ${line}`
  return new FirsteightError('EVALUATION_INVALID', `${place}: ${what}`, {
    hint: hint ?? 'docs/evaluation.md describes the files that can be evaluated.',
    details: { file, ...(line === undefined ? {} : { line }) },
  })
}
