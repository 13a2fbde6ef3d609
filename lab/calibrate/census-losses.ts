import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { Kernel } from '../../core/kernel.js'
import type { ModelFile } from '../../core/model-file.js'
import type { Census } from '../census/census.js'

/** What one program sent of one pattern, as the model sees it. */
export interface PatternLoss {
  program: string
  /** Sixteen hex digits; bits that the model does not read are 0. */
  pattern: string
  count: number
  loss: number
}

/**
 * Losses of a census under a model, by the deployed kernel. Rows that differ only in bits that the model does not read
 * are one.
 * @param file name of the census for messages
 * @returns by context; those that the census lacks are absent
 * @throws FirsteightError TRAINING_DATA when the census leaves out bits that the model reads; MODEL_UNSUPPORTED when
 *   the model lacks a context
 */
export async function lossesByContext(
  model: ModelFile,
  census: Census,
  file: string,
): Promise<Map<ContextName, PatternLoss[]>> {
  const kernel = await Kernel.load({ seed: 0 })
  kernel.loadModel(model)
  const found = new Map<ContextName, Map<string, PatternLoss>>()
  for (const { context, program, pattern, count } of census.rows) {
    const reads = model.byContext.get(context)!.inputMask
    const rows = found.get(context) ?? startContext(context, census, reads, file)
    found.set(context, rows)
    const bytes = Buffer.from(pattern, 'hex').map((byte, index) => byte & reads[index]!)
    const masked = Buffer.from(bytes).toString('hex')
    const key = `${program}\t${masked}`
    const row = rows.get(key)
    if (row) row.count += count
    else {
      const { loss } = kernel.score(context, bytes)
      rows.set(key, { program, pattern: masked, count, loss })
    }
  }
  return new Map([...found].map(([context, rows]) => [context, [...rows.values()]]))
}

/** A bit that the census has thrown away cannot be scored. */
function startContext(
  context: ContextName,
  census: Census,
  reads: Uint8Array,
  file: string,
): Map<string, PatternLoss> {
  const mask = census.masks.get(context)!
  if (reads.some((byte, index) => (byte & ~mask[index]!) !== 0)) {
    const [has, needs] = [mask, reads].map((bytes) => Buffer.from(bytes).toString('hex'))
    throw new FirsteightError(
      'TRAINING_DATA',
      `${file}: ${context}: mask ${has} leaves out bits that the model reads (${needs})`,
      {
        hint: 'Give the capture itself: it is read with the mask of the model.',
        details: { file, context },
      },
    )
  }
  return new Map()
}
