import { readFile } from 'node:fs/promises'
import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { inputMasksOf, type ModelFile } from '../../core/model-file.js'
import type { NamedCensus } from '../census/contradictions.js'
import { readTrainingInput } from '../train/read-sources.js'
import type { PatternLoss } from './census-losses.js'

/** A census whose rows can be found again in its file. */
export interface CensusFile extends NamedCensus {
  /** Line of the first row, from 1; undefined where the file is a capture. */
  firstRowLine?: number
}

/**
 * Reads a census, or reduces a capture with the model's input masks.
 * @throws FirsteightError those of readTrainingInput; TRAINING_DATA when it holds no stream of eight bytes
 */
export async function readCensusFile(file: string, model: ModelFile): Promise<CensusFile> {
  const { sources, censuses } = await readTrainingInput([file], { masks: inputMasksOf(model) })
  const census = censuses[0]!
  if (census.rows.length === 0) {
    throw new FirsteightError('TRAINING_DATA', `${file}: no stream of eight bytes on a server port`, {
      hint: 'Give a census or a capture with traffic on port 53, TCP from its SYN.',
      details: { file },
    })
  }
  const source = sources[0]!
  const isCapture = census.captures.some(({ sha256 }) => sha256 === source.sha256)
  if (isCapture) return { census, ...source }
  // A census ends with its rows, one a line.
  const lines = (await readFile(file)).reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0)
  return { census, ...source, firstRowLine: lines - census.rows.length + 1 }
}

/** Line of the first row that a pattern, as the model sees it, comes from; undefined where the file is a capture. */
export function rowLine(
  { census, firstRowLine }: CensusFile,
  context: ContextName,
  { program, pattern }: PatternLoss,
  inputMask: Uint8Array,
): number | undefined {
  if (firstRowLine === undefined) return undefined
  const index = census.rows.findIndex(
    (row) =>
      row.context === context &&
      row.program === program &&
      Buffer.from(row.pattern, 'hex').every(
        (byte, position) =>
          (byte & inputMask[position]!) ===
          Number.parseInt(pattern.slice(2 * position, 2 * position + 2), 16),
      ),
  )
  return firstRowLine + index
}
