import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { Kernel } from '../../core/kernel.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { blankModel } from './blank-model.js'
import { type Census, type CensusCapture, type CensusRow, PATTERN_LIMIT } from './census.js'
import { readStreams } from './capture-streams.js'
import { BitStatistics } from './input-mask.js'

export interface ReduceOptions {
  /** Default: 53. */
  serverPorts?: readonly number[]
  onProgress?: (file: string) => void
  signal?: AbortSignal | undefined
}

/**
 * Reduces captures of clean traffic to a census. Each is read twice: once to find which bits carry a pattern, once
 * to count. A capture's program is its file name without ending (and without a leading `clean-`); software and
 * commands come from a `manifest.json` beside it that lists it with the same SHA-256.
 *
 * Left out are streams of fewer than eight bytes, and those between two server ports: which end is the server is
 * not known.
 * @throws FirsteightError those of readStreams; TRAINING_DATA when a context has too many patterns
 */
export async function reduceCaptures(files: readonly string[], options: ReduceOptions = {}): Promise<Census> {
  const serverPorts = options.serverPorts ?? [53]
  const kernel = await Kernel.load()
  kernel.setServerPorts(serverPorts)
  kernel.loadModel(blankModel())
  kernel.reportEveryStream(true)
  const ports = new Set(serverPorts)
  const eachStream = (file: string, use: (record: StreamRecord) => void) => {
    options.signal?.throwIfAborted()
    return readStreams(kernel, file, (record) => {
      if (record.kind !== 'short' && !ports.has(record.clientPort)) use(record)
    })
  }

  const captures: CensusCapture[] = []
  const statistics = new Map<ContextName, BitStatistics>()
  for (const file of files) {
    options.onProgress?.(file)
    captures.push(await describeCapture(file))
    await eachStream(file, ({ context, firstEight }) => {
      const bits = statistics.get(context) ?? new BitStatistics()
      statistics.set(context, bits)
      bits.add(firstEight)
    })
  }
  const masks = new Map([...statistics].map(([context, bits]) => [context, bits.inputMask()]))

  const rows = new Map<string, CensusRow>()
  for (const [index, file] of files.entries()) {
    const { program } = captures[index]!
    await eachStream(file, ({ context, firstEight }) => {
      const mask = masks.get(context)!
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

async function describeCapture(file: string): Promise<CensusCapture> {
  const name = basename(file)
  const sha256 = await digestOf(file)
  const program = name.replace(/(\.(pcap|pcapng|cap|gz))+$/i, '').replace(/^clean-/, '')
  const noted = await manifestEntry(join(dirname(file), 'manifest.json'), name, sha256)
  return { name, sha256, program, software: noted?.software ?? [], commands: noted?.commands ?? [] }
}

/** SHA-256 of a file, lower-case hex; an unreadable file is reported by the reading of its streams. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk)
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `${file}: ${(error as Error).message}`, {
      hint: 'Check the path and the permissions.',
      details: { file },
      cause: error,
    })
  }
  return hash.digest('hex')
}

/** What a recording's manifest says of a capture; undefined when there is none, or it is of other bytes. */
async function manifestEntry(
  path: string,
  name: string,
  sha256: string,
): Promise<{ software: string[]; commands: string[] } | undefined> {
  let manifest: { captures?: unknown }
  try {
    manifest = JSON.parse(await readFile(path, 'utf8')) as typeof manifest
  } catch {
    return undefined
  }
  const entries = Array.isArray(manifest?.captures) ? (manifest.captures as Record<string, unknown>[]) : []
  const entry = entries.find((candidate) => candidate?.file === name && candidate.sha256 === sha256)
  if (!entry) return undefined
  const programs = Array.isArray(entry.programs) ? (entry.programs as Record<string, unknown>[]) : []
  return {
    software: programs.map((program) => `${program?.program ?? ''} ${program?.version ?? ''}`.trim()).filter(Boolean),
    commands: (Array.isArray(entry.commands) ? entry.commands : []).filter(
      (command): command is string => typeof command === 'string' && command.trim() !== '',
    ),
  }
}

function tooManyPatterns(file: string): FirsteightError {
  return new FirsteightError('TRAINING_DATA', `${file}: more than ${PATTERN_LIMIT} different patterns in all`, {
    hint: 'The captures hold more than DNS, or too few streams to tell which bits are random.',
    details: { file },
  })
}
