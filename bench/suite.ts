import type { ModelFile } from '../core/model-file.js'
import type { Figure } from './measure.js'

export interface SuiteOptions {
  model: ModelFile
  /** Few and short rounds: shows that everything runs, gives rough figures. */
  quick: boolean
}

/** A group of measurements that share their data. */
export interface Suite {
  name: string
  /** What one operation is. */
  operation: string
  /**
   * Checks that all alternatives give equal results, then measures them.
   * @throws Error when results differ: then there is nothing to measure
   */
  run(options: SuiteOptions): Promise<Comparison[]>
}

/** Figures that may be compared with each other; the first is the one the ratios refer to. */
export interface Comparison {
  name: string
  figures: Figure[]
}

/** Rounds and milliseconds an alternative and round. */
export function measureTime(options: { quick: boolean }): { rounds: number; time: number } {
  return options.quick ? { rounds: 3, time: 30 } : { rounds: 15, time: 150 }
}
