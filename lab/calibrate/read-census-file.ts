import { FirsteightError } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import type { Census } from '../census/census.js'
import { readTrainingInput } from '../train/read-sources.js'

/** One census and the file that it is or was made of. */
export interface CensusFile {
  census: Census
  /** Without folders. */
  name: string
  /** Lower-case hex. */
  sha256: string
}

/**
 * Reads a census, or reduces a capture with the model's input masks.
 * @throws FirsteightError those of readTrainingInput; TRAINING_DATA when it holds no stream of eight bytes
 */
export async function readCensusFile(file: string, model: ModelFile): Promise<CensusFile> {
  const masks = new Map([...model.byContext].map(([name, context]) => [name, context.inputMask]))
  const { sources, censuses } = await readTrainingInput([file], { masks })
  const census = censuses[0]!
  if (census.rows.length === 0) {
    throw new FirsteightError('TRAINING_DATA', `${file}: no stream of eight bytes on a server port`, {
      hint: 'Give a census or a capture with traffic on port 53, TCP from its SYN.',
      details: { file },
    })
  }
  return { census, ...sources[0]! }
}
