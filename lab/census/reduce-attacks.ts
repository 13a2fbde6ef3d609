import { CONTEXT_NAMES } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { INPUT_BITS } from '../../core/model-rules.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { type Census, type CensusCapture, type CensusCut, type CensusRow, PATTERN_LIMIT } from './census.js'
import { describeCapture } from './describe-capture.js'
import { type ReduceOptions, streamReader } from './reduce.js'

/** Patterns kept of one label and context; random-looking programs have a new one in every stream. */
const PATTERNS_KEPT = 240

/**
 * Reduces captures of attacks to a census of whole patterns: every mask is all ones. A capture's label, the
 * `program` of its rows, is its file name without ending and without a leading `attack-`; `tunnel-` stays.
 *
 * Counted are the first eight bytes of each UDP datagram and of each direction of a TCP connection, not those of
 * later messages, which have no place in a protocol without DNS's length prefix. In captures that begin with DNS
 * (see the recorder's manifest) the first message of each direction of each flow is left out, and of TCP the second
 * is counted. Of one label and context the first 240 patterns are kept; streams with further ones are in `cuts`.
 *
 * Left out, as in `reduceCaptures`: streams of fewer than eight bytes, and those between two server ports.
 * @throws FirsteightError those of readStreams; TRAINING_DATA when all labels together have too many patterns
 */
export async function reduceAttackCaptures(files: readonly string[], options: ReduceOptions = {}): Promise<Census> {
  const eachStream = await streamReader(options)
  const captures: CensusCapture[] = []
  const rows = new Map<string, CensusRow>()
  const patterns = new Map<string, number>()
  const cuts = new Map<string, CensusCut>()
  for (const file of files) {
    options.onProgress?.(file)
    const { capture, beginsWithDns } = await describeCapture(file)
    captures.push(capture)
    const { program } = capture
    const counts = beginsWithDns ? afterDns() : ({ messageIndex }: StreamRecord) => messageIndex === 0
    await eachStream(file, (record) => {
      if (!counts(record)) return
      const { context } = record
      const pattern = Buffer.from(record.firstEight).toString('hex')
      const group = `${context} ${program}`
      const row = rows.get(`${group} ${pattern}`)
      const kept = patterns.get(group) ?? 0
      if (row) row.count++
      else if (kept < PATTERNS_KEPT) {
        if (rows.size >= PATTERN_LIMIT) throw tooManyPatterns(file)
        rows.set(`${group} ${pattern}`, { context, program, pattern, count: 1 })
        patterns.set(group, kept + 1)
      } else {
        const cut = cuts.get(group) ?? { context, program, streams: 0 }
        cut.streams++
        cuts.set(group, cut)
      }
    })
  }
  const present = new Set([...rows.values()].map(({ context }) => context))
  const masks = new Map(
    CONTEXT_NAMES.filter((name) => present.has(name)).map((name) => [name, new Uint8Array(INPUT_BITS / 8).fill(255)]),
  )
  return { captures, masks, rows: [...rows.values()], cuts: [...cuts.values()] }
}

/** Which streams of one capture come after the DNS with which each of its flows begins. */
function afterDns(): (record: StreamRecord) => boolean {
  const begun = new Set<string>()
  return (record) => {
    if (record.transport === 'tcp') return record.messageIndex === 1
    const { context, clientAddress, clientPort, serverAddress, serverPort } = record
    const direction = [context, clientAddress, clientPort, serverAddress, serverPort].join(' ')
    if (begun.has(direction)) return true
    if (begun.size < PATTERN_LIMIT) begun.add(direction)
    return false
  }
}

function tooManyPatterns(file: string): FirsteightError {
  return new FirsteightError('TRAINING_DATA', `${file}: more than ${PATTERN_LIMIT} different patterns in all`, {
    hint: 'Make a census of fewer captures.',
    details: { file },
  })
}
