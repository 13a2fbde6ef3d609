import type { ModelFile } from '../core/model-file.js'
import type { Figure, Ratio } from './measure.js'
import type { RatioName } from './ratios.js'

export interface SuiteOptions {
  model: ModelFile
  /** Few and short rounds: shows that everything runs, gives rough figures; under a minute a suite. */
  quick: boolean
  /** Says what is being done now, for long work. */
  progress(text: string): void
}

/** A group of measurements that share their data. */
export interface Suite {
  name: string
  /**
   * Checks that all alternatives give equal results, then measures them.
   * @throws Error when results differ: then there is nothing to measure
   */
  run(options: SuiteOptions): Promise<SuiteResult>
}

export interface SuiteResult {
  comparisons: Comparison[]
  /** The ratios that the project answers for, each measured in this run; one without its rival is left out. */
  ratios?: Partial<Record<RatioName, Ratio>>
  /** Single figures by name; the name ends with the unit, `idle_cpu_percent`, unless it is a ratio. Targets: ratios.ts. */
  figures?: Record<string, number>
  /** Rivals that could not be measured. */
  absent?: Absent[]
}

/** Figures that may be compared with each other; the first is the one the ratios refer to. */
export interface Comparison {
  name: string
  /** What one operation is, plural: `scores`. */
  operation: string
  figures: Figure[]
}

/** A rival that is not there. */
export interface Absent {
  rival: string
  reason: string
  /** What to do to have it: a command. */
  install: string
}

/** Rounds and milliseconds an alternative and round. */
export function measureTime(options: { quick: boolean }): { rounds: number; time: number } {
  return options.quick ? { rounds: 3, time: 30 } : { rounds: 15, time: 150 }
}
