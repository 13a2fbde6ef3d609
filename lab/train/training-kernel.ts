import { readFile } from 'node:fs/promises'
import { FirsteightError } from '../../core/errors.js'
import { GRID, INPUT_BITS } from '../../core/model-rules.js'
import { packageFile } from '../../core/package-files.js'

/** Exports of assembly/train/index.ts; addresses are byte offsets into its memory. */
interface TrainingExports {
  memory: WebAssembly.Memory
  MAXIMUM_PATTERNS: WebAssembly.Global
  PATTERNS: WebAssembly.Global
  PATTERN_WEIGHTS: WebAssembly.Global
  PARAMETERS: WebAssembly.Global
  REMAINDER: WebAssembly.Global
  GRADIENT: WebAssembly.Global
  LOSS_WEIGHTS: WebAssembly.Global
  RESIDUALS: WebAssembly.Global
  SHARES: WebAssembly.Global
  INPUT_MASK: WebAssembly.Global
  FREEDOM: WebAssembly.Global
  parameterCount(): number
  start(hidden: number, bottleneck: number, seedLow: number, seedHigh: number, grid: number): void
  resetAdam(): void
  clearGradient(): void
  addPattern(pattern: number, scale: number): number
  trainEpoch(
    count: number,
    batch: number,
    learningRate: number,
    flipLimit: number,
    crossLimit: number,
    swapLimit: number,
  ): number
  evaluate(first: number, end: number): number
}

/** How one pass over the patterns trains. */
export interface EpochOptions {
  /** Patterns of one optimiser step. */
  batch: number
  learningRate: number
  /** Chance that an input bit without freedom is flipped; the target stays clean. */
  flipProbability: number
  /** Chance that a pattern is crossed with another, input and target alike (assembly/train/sample.ts). */
  crossProbability: number
  /** Chance that a bit in which the two differ, and that was not crossed, is shown with the other's value. */
  swapProbability: number
}

/** The training kernel (dist/wasm/train.wasm): f32, deterministic on every machine. One instance trains one network. */
export class TrainingKernel {
  private constructor(private readonly wasm: TrainingExports) {}

  /** @throws FirsteightError KERNEL_MISSING when the build lacks train.wasm */
  static async load(): Promise<TrainingKernel> {
    const path = packageFile('dist/wasm/train.wasm')
    let bytes: Uint8Array
    try {
      bytes = await readFile(path)
    } catch (error) {
      throw new FirsteightError('KERNEL_MISSING', `${path}: the training kernel is not there`, {
        hint: 'Run `npm run build`.',
        cause: error,
      })
    }
    const { instance } = await WebAssembly.instantiate(bytes, {})
    return new TrainingKernel(instance.exports as unknown as TrainingExports)
  }

  /** Most patterns, training and held-out together. */
  get maximumPatterns(): number {
    return this.wasm.MAXIMUM_PATTERNS.value
  }

  /** Eight bytes a pattern. */
  get patterns(): Uint8Array {
    return new Uint8Array(this.wasm.memory.buffer, this.wasm.PATTERNS.value, this.maximumPatterns * 8)
  }

  /** How much each pattern counts; mean 1 over those trained on. */
  get patternWeights(): Float32Array {
    return this.floats(this.wasm.PATTERN_WEIGHTS, this.maximumPatterns)
  }

  /** Layer 1 weights (outputs x inputs, row-major), layer 1 biases, layer 2 weights, and so on. */
  get parameters(): Float32Array {
    return this.floats(this.wasm.PARAMETERS, this.wasm.parameterCount())
  }

  /** Goes on from a network's own parameters, on the grid, instead of those that were drawn. */
  setParameters(values: readonly number[]): void {
    this.parameters.set(values)
    this.floats(this.wasm.REMAINDER, values.length).fill(0)
  }

  /** In the order of `parameters`. */
  get gradient(): Float32Array {
    return this.floats(this.wasm.GRADIENT, this.wasm.parameterCount())
  }

  /** 64 numbers, one a bit. */
  get lossWeights(): Float32Array {
    return this.floats(this.wasm.LOSS_WEIGHTS, INPUT_BITS)
  }

  /**
   * After `evaluate`: 64 numbers, each bit's mean squared error, as the mean of its two values: over the patterns
   * where it is 0 and over those where it is 1, however rare one of them is.
   */
  get residuals(): number[] {
    const { buffer } = this.wasm.memory
    const sums = new Float64Array(buffer, this.wasm.RESIDUALS.value, 2 * INPUT_BITS)
    const shares = new Float64Array(buffer, this.wasm.SHARES.value, 2 * INPUT_BITS)
    return Array.from({ length: INPUT_BITS }, (_, bit) => {
      const means = [bit, INPUT_BITS + bit]
        .filter((index) => shares[index]! > 0)
        .map((i) => sums[i]! / shares[i]!)
      return means.reduce((total, mean) => total + mean, 0) / means.length
    })
  }

  /** Eight bytes; a bit that is 0 is hidden from the network. */
  get inputMask(): Uint8Array {
    return new Uint8Array(this.wasm.memory.buffer, this.wasm.INPUT_MASK.value, INPUT_BITS / 8)
  }

  /** @param freedom 64 numbers from 0 to 1: the chance that a cross takes each bit from the other pattern */
  setFreedom(freedom: readonly number[]): void {
    const limits = new Uint32Array(this.wasm.memory.buffer, this.wasm.FREEDOM.value, INPUT_BITS)
    limits.set(freedom.map(limitOf))
  }

  /** Draws new parameters, on the grid of the deployed kernel; training keeps them there. @param seed a whole number from 0 to 2^53 - 1 */
  start(hidden: number, bottleneck: number, seed: number): void {
    this.wasm.start(hidden, bottleneck, seed >>> 0, Math.floor(seed / 2 ** 32), GRID)
  }

  /** Begins a second stage: the parameters stay, the optimiser's memory goes. */
  resetOptimiser(): void {
    this.wasm.resetAdam()
  }

  clearGradient(): void {
    this.wasm.clearGradient()
  }

  /** Adds scale * pattern weight * loss gradient of one pattern to `gradient`; returns the scaled loss. */
  addPattern(pattern: number, scale: number): number {
    return this.wasm.addPattern(pattern, scale)
  }

  /** One pass over the first `count` patterns; returns the weighted mean loss of what was trained on. */
  trainEpoch(count: number, options: EpochOptions): number {
    const { batch, learningRate, flipProbability, crossProbability, swapProbability } = options
    return this.wasm.trainEpoch(
      count,
      batch,
      learningRate,
      limitOf(flipProbability),
      limitOf(crossProbability),
      limitOf(swapProbability),
    )
  }

  /** Weighted mean loss of patterns `first` to `end` - 1, without noise; fills `residuals`. */
  evaluate(first: number, end: number): number {
    return this.wasm.evaluate(first, end)
  }

  private floats(address: WebAssembly.Global, count: number): Float32Array {
    return new Float32Array(this.wasm.memory.buffer, address.value, count)
  }
}

/** A probability as the limit that 32 random bits are compared with; 1 falls short by one in 2^32. */
function limitOf(probability: number): number {
  return Math.min(Math.floor(probability * 2 ** 32), 2 ** 32 - 1)
}
