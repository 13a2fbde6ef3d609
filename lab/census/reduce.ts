import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { Kernel } from '../../core/kernel.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { blankModel } from './blank-model.js'
import { readStreams } from './capture-streams.js'
import { type Census, type CensusCapture, type CensusRow, PATTERN_LIMIT } from './census.js'
import { describeCapture } from './describe-capture.js'
import { BitStatistics } from './input-mask.js'

export interface ReduceOptions {
  /** Default: 53. */
  serverPorts?: readonly number[]
  /** Input masks of a model that the census is for, instead of masks found in the captures. */
  masks?: ReadonlyMap<ContextName, Uint8Array> | undefined
  onProgress?: (file: string) => void
  signal?: AbortSignal | undefined
}

/**
 * Reduces captures to a census. Each is read twice: once to find which bits carry a pattern (unless masks are given),
 * once to count. A capture's program is its file name without ending (and without a leading `clean-`); software and
 * commands come from a `manifest.json` beside it that lists it with the same SHA-256.
 *
 * Left out are streams of fewer than eight bytes, and those between two server ports: which end is the server is
 * not known.
 * @throws FirsteightError those of readStreams; TRAINING_DATA when a context has too many patterns
 */
export async function reduceCaptures(files: readonly string[], options: ReduceOptions = {}): Promise<Census> {
  const eachStream = await streamReader(options)

  const captures: CensusCapture[] = []
  const statistics = new Map<ContextName, BitStatistics>()
  const balanced = new Map<ContextName, (boolean[] | undefined)[]>()
  for (const file of files) {
    options.onProgress?.(file)
    captures.push((await describeCapture(file)).capture)
    if (options.masks) continue
    const alone = new Map<ContextName, BitStatistics>()
    await eachStream(file, ({ context, firstEight }) => {
      for (const group of [statistics, alone]) {
        const bits = group.get(context) ?? new BitStatistics()
        group.set(context, bits)
        bits.add(firstEight)
      }
    })
    for (const [context, bits] of alone) {
      balanced.set(context, [...(balanced.get(context) ?? []), bits.balancedBits()])
    }
  }
  const found = [...statistics].map(
    ([context, bits]) => [context, bits.inputMask(balanced.get(context)!)] as const,
  )
  const masks = new Map(options.masks ?? found)

  const rows = new Map<string, CensusRow>()
  for (const [index, file] of files.entries()) {
    const { program } = captures[index]!
    await eachStream(file, ({ context, firstEight }) => {
      const mask = masks.get(context)
      if (!mask) return
      const pattern = Buffer.from(firstEight.map((byte, position) => byte & mask[position]!)).toString('hex')
      const key = `${context} ${program} ${pattern}`
      const row = rows.get(key)
      if (row) row.count++
      else {
        // Bounded by what all contexts together may hold, so that memory does not grow with a hostile capture.
        if (rows.size >= PATTERN_LIMIT) throw tooManyPatterns(file)
        rows.set(key, { context, program, pattern, count: 1 })
      }
    })
  }
  return { captures, masks, rows: [...rows.values()] }
}

/** A kernel that reports every stream of at least eight bytes between a client and a server port. */
export async function streamReader(
  options: ReduceOptions,
): Promise<(file: string, use: (record: StreamRecord) => void) => Promise<void>> {
  const serverPorts = options.serverPorts ?? [53]
  const kernel = await Kernel.load()
  kernel.setServerPorts(serverPorts)
  kernel.loadModel(blankModel())
  kernel.reportEveryStream(true)
  const ports = new Set(serverPorts)
  return (file, use) => {
    options.signal?.throwIfAborted()
    return readStreams(kernel, file, (record) => {
      if (record.kind !== 'short' && !ports.has(record.clientPort)) use(record)
    })
  }
}

function tooManyPatterns(file: string): FirsteightError {
  return new FirsteightError('TRAINING_DATA', `${file}: more than ${PATTERN_LIMIT} different patterns in all`, {
    hint: 'The captures hold more than DNS, or too few streams to tell which bits are random.',
    details: { file },
  })
}
