import type { ContextName } from '../../core/contexts.js'
import type { ContextData } from '../train/training-data.js'

/** Tells one context's DNS from other traffic by eight bytes. */
export interface ContextDetector {
  /** @param patterns eight bytes each, masked by the context's input mask */
  scores(patterns: readonly Uint8Array[]): number[]
  /** Scores above this are anomalies. */
  threshold: number
}

/** One detector a context. */
export type Detector = ReadonlyMap<ContextName, ContextDetector>

/** One way to make a detector from clean traffic. */
export interface Approach {
  name: string
  build(data: readonly ContextData[]): Promise<Detector>
}
