import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFile } from '../../core/package-files.js'
import { parseCensus } from './read-census.js'

/** The censuses that come with firsteight. */
const FOLDER = packageFile('lab/census')

/** What the default model learnt from. */
export const DEFAULT_CLEAN_CENSUS = join(FOLDER, 'clean.census.tsv')

/** What the default model was calibrated with. */
export const DEFAULT_ATTACK_CENSUS = join(FOLDER, 'attack.census.tsv')

/** What one program sent. */
export interface ProgramFacts {
  program: string
  streams: number
  /** Different patterns, summed over the contexts. */
  patterns: number
}

/**
 * Whose traffic a census counts, if it is one that comes with firsteight.
 * @param sha256 lower-case hex, of the census file
 * @returns by program; undefined when the census is not known
 */
export async function programsOf(sha256: string): Promise<ProgramFacts[] | undefined> {
  for (const name of await readdir(FOLDER)) {
    if (!name.endsWith('.census.tsv')) continue
    const bytes = await readFile(join(FOLDER, name))
    if (createHash('sha256').update(bytes).digest('hex') === sha256) return countPrograms(bytes, name)
  }
  return undefined
}

function countPrograms(bytes: Buffer, name: string): ProgramFacts[] {
  const programs = new Map<string, ProgramFacts>()
  for (const { program, count } of parseCensus(bytes.toString('utf8'), name).rows) {
    const facts = programs.get(program) ?? { program, streams: 0, patterns: 0 }
    programs.set(program, facts)
    facts.streams += count
    facts.patterns++
  }
  return [...programs.values()].sort((left, right) => (left.program < right.program ? -1 : 1))
}
