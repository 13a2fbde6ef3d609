import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { FirsteightError } from '../../core/errors.js'
import type { Census } from '../census/census.js'
import { CENSUS_SIZE_LIMIT, parseCensus } from '../census/read-census.js'
import { type ReduceOptions, reduceCaptures } from '../census/reduce.js'
import { firstBytes } from '../files.js'

/** Clean traffic to learn from. */
export interface TrainingInput {
  /** The files: names without folders, SHA-256 as lower-case hex. */
  sources: { name: string; sha256: string }[]
  censuses: Census[]
}

/**
 * Reads census files, and reduces captures, together, to one census more.
 * @throws FirsteightError FILE_UNREADABLE, CENSUS_INVALID, TRAINING_DATA for an empty file, and those of reduceCaptures
 */
export async function readTrainingInput(
  files: readonly string[],
  options: ReduceOptions = {},
): Promise<TrainingInput> {
  const input: TrainingInput = { sources: [], censuses: [] }
  const captures: string[] = []
  for (const file of files) {
    if (!(await startsLikeCensus(file))) {
      captures.push(file)
      continue
    }
    const bytes = await readFile(file)
    if (bytes.length > CENSUS_SIZE_LIMIT) {
      throw new FirsteightError('CENSUS_INVALID', `${file}: longer than ${CENSUS_SIZE_LIMIT} bytes`, {
        hint: 'Give fewer captures to one census.',
        details: { file },
      })
    }
    input.censuses.push(parseCensus(bytes.toString('utf8'), file))
    input.sources.push({ name: basename(file), sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  if (captures.length > 0) {
    const census = await reduceCaptures(captures, options)
    input.censuses.push(census)
    input.sources.push(...census.captures.map(({ name, sha256 }) => ({ name, sha256 })))
  }
  return input
}

/**
 * A census begins with a comment; no capture format does.
 * @throws FirsteightError FILE_UNREADABLE; TRAINING_DATA when the file is empty
 */
export async function startsLikeCensus(file: string): Promise<boolean> {
  const start = (await firstBytes(file, 1)).toString()
  if (start !== '') return start === '#'
  throw new FirsteightError('TRAINING_DATA', `${file}: the file is empty`, {
    hint: 'Give a capture (pcap or pcapng, plain or gzip) or a census of `firsteight lab census`.',
    details: { file },
  })
}
