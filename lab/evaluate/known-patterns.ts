import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ModelFile } from '../../core/model-file.js'
import { packageFile } from '../../core/package-files.js'
import { parseCensus } from '../census/read-census.js'
import type { JudgedStream } from './judge.js'
import type { ModelScores } from './model-scores.js'

/** The census that comes with firsteight. */
const CENSUS_PATH = packageFile('lab/census/clean.census.tsv')

/** Masked eight-byte patterns that are known to be clean, by context. */
export class KnownPatterns {
  readonly #patterns = new Set<string>()
  /** Names of what they come from. */
  readonly sources: string[] = []

  /**
   * Adds the patterns of the census that comes with firsteight, when the model learnt from it; without it the clean
   * inputs alone are known.
   */
  async addTrainingCensus(model: ModelFile, scores: ModelScores): Promise<void> {
    const bytes = await readFile(CENSUS_PATH).catch(() => undefined)
    if (bytes === undefined) return
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (!model.model.provenance?.sources?.some((source) => source.sha256 === sha256)) return
    this.sources.push(basename(CENSUS_PATH))
    for (const { context, pattern } of parseCensus(bytes.toString('utf8'), CENSUS_PATH).rows) {
      this.#patterns.add(`${context} ${scores.patternOf(context, Buffer.from(pattern, 'hex'))}`)
    }
  }

  addClean(streams: readonly JudgedStream[]): void {
    for (const { streamClass, context, score } of streams) {
      if (streamClass === 'clean') this.#patterns.add(`${context} ${score.pattern}`)
    }
    this.sources.push('the clean inputs')
  }

  get size(): number {
    return this.#patterns.size
  }

  has({ context, score }: JudgedStream): boolean {
    return this.#patterns.has(`${context} ${score.pattern}`)
  }
}
