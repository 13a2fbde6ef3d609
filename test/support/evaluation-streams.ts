import { existsSync, readFileSync } from 'node:fs'
import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { parseCensus } from '../../lab/census/read-census.js'
import { seededRandom } from '../../lab/evaluate/statistics.js'

/** First eight bytes and the context they are scored in. */
export interface EvaluationStream {
  context: ContextName
  firstEight: Uint8Array
}

const CENSUSES = ['lab/census/clean.census.tsv', 'lab/census/attack.census.tsv']

/** Public captures, beside the project where they are kept at all; for evaluation only. */
const CORPUS = '../shared/corpus'
const TABLES = ['dns-clean.tsv', 'dns-admin.tsv', 'dns-odd.tsv', 'dns-tunnel.tsv', 'non-dns.tsv']

/**
 * Every set of streams there is here, by name: the committed censuses, their patterns with one or two bits changed,
 * random bytes, and the corpus if present.
 */
export function evaluationSets(randomInputs: number): Map<string, EvaluationStream[]> {
  const sets = new Map<string, EvaluationStream[]>()
  for (const path of CENSUSES.filter((path) => existsSync(path))) {
    sets.set(
      path,
      parseCensus(readFileSync(path, 'utf8'), path).rows.map((row) => ({
        context: row.context,
        firstEight: Buffer.from(row.pattern, 'hex'),
      })),
    )
  }
  sets.set('bits changed', changeBits([...sets.values()].flat()))
  sets.set('random', randomStreams(randomInputs))
  for (const table of TABLES.filter((table) => existsSync(`${CORPUS}/${table}`))) {
    sets.set(table, readTable(`${CORPUS}/${table}`))
  }
  return sets
}

/** Each stream with one or two random bits changed: losses on both sides of the threshold, and near it. */
function changeBits(streams: readonly EvaluationStream[]): EvaluationStream[] {
  const random = seededRandom(21)
  return streams.map(({ context, firstEight }) => {
    const changed = Uint8Array.from(firstEight)
    for (let change = 0; change < 2; change++)
      changed[Math.floor(random() * 8)]! ^= 1 << Math.floor(random() * 8)
    return { context, firstEight: changed }
  })
}

/** As many uniformly random streams for each context. */
export function randomStreams(count: number): EvaluationStream[] {
  const random = seededRandom(20)
  return CONTEXT_NAMES.flatMap((context) =>
    Array.from({ length: count }, () => ({
      context,
      firstEight: Uint8Array.from({ length: 8 }, () => random() * 256),
    })),
  )
}

/** Columns transport, direction (c2s, s2c), first8 (hex), after a header line; shorter streams are left out. */
function readTable(path: string): EvaluationStream[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields[2]?.length === 16)
    .map(([transport, direction, first8]) => ({
      context: `${transport}-${direction === 'c2s' ? 'query' : 'response'}` as ContextName,
      firstEight: Buffer.from(first8!, 'hex'),
    }))
}
