import { confidenceOf, type Gate, gateOf } from '../../core/assurance.js'
import type { ContextName } from '../../core/contexts.js'
import { Kernel } from '../../core/kernel.js'
import type { ModelFile } from '../../core/model-file.js'

/** What the model makes of eight bytes. */
export interface Score {
  /** The eight bytes with the bits cleared that the model does not look at, 16 hex digits. */
  pattern: string
  /** 0 to 64. */
  loss: number
  threshold: number
  /** Loss above threshold, as the kernel decides it. */
  flagged: boolean
  /** Probability that the stream is not DNS; undefined when the model is not calibrated. */
  confidence: number | undefined
  /** Flagged, with the confidence that escalation needs, by a model whose escalation gate is open. */
  sure: boolean
}

/** Scores eight bytes with the deployed kernel, each masked pattern once. */
export class ModelScores {
  readonly #kernel: Kernel
  readonly #model: ModelFile
  readonly #gate: Gate
  readonly #scores = new Map<string, Score>()
  readonly #masked = Buffer.alloc(8)

  private constructor(kernel: Kernel, model: ModelFile) {
    this.#kernel = kernel
    this.#model = model
    this.#gate = gateOf(model.model)
  }

  /** @throws FirsteightError KERNEL_MISSING, MODEL_UNSUPPORTED, MODEL_INVALID */
  static async load(model: ModelFile): Promise<ModelScores> {
    const kernel = await Kernel.load()
    kernel.loadModel(model)
    return new ModelScores(kernel, model)
  }

  /** Eight bytes without the bits that the model's context does not look at, as hex. */
  patternOf(context: ContextName, firstEight: Uint8Array): string {
    const mask = this.#model.byContext.get(context)!.inputMask!
    for (let index = 0; index < mask.length; index++) this.#masked[index] = firstEight[index]! & mask[index]!
    return this.#masked.toString('hex')
  }

  /** @param firstEight eight bytes */
  score(context: ContextName, firstEight: Uint8Array): Score {
    const pattern = this.patternOf(context, firstEight)
    const key = `${context} ${pattern}`
    const known = this.#scores.get(key)
    if (known) return known
    const entry = this.#model.byContext.get(context)!
    const threshold = entry.threshold!
    const { loss } = this.#kernel.score(context, Buffer.from(pattern, 'hex'))
    // The kernel rounds the threshold down to whole loss units (assembly/model/network.ts), which a loss is: the same.
    const flagged = loss > threshold
    const confidence = confidenceOf(entry, loss)
    const sure = this.#gate.open && (confidence ?? 0) >= this.#gate.confidence
    const score = { pattern, loss, threshold, flagged, confidence, sure: flagged && sure }
    this.#scores.set(key, score)
    return score
  }

  /** The sign of each of the network's outputs, eight bytes. */
  reconstruct(context: ContextName, firstEight: Uint8Array): Uint8Array {
    return this.#kernel.score(context, firstEight).reconstructed
  }
}
