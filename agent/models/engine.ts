import type { ModelFile } from '../../core/model-file.js'
import type { ShadowFigures } from '../../core/model-report.js'

/** Counts since the agent's start. */
export interface ScoreCounts {
  /** Streams scored. */
  streams: number
  /** Those of them above the threshold. */
  anomalies: number
  /** Alerts that could not be made or published. */
  faults: number
}

/** What scores, as the rollout of models needs it. */
export interface ModelEngine {
  counts(): ScoreCounts
  /**
   * Loads the model into a kernel beside the one that scores.
   * @throws FirsteightError MODEL_UNSUPPORTED, MODEL_INVALID
   */
  tryModel(model: ModelFile): Promise<void>
  /** The model scores from the next packet on. One that `tryModel` took does not throw. */
  useModel(model: ModelFile): void
  /** Scores the model beside the active one from now on, alerting on nothing. */
  beginShadow(model: ModelFile): Promise<void>
  /** Undefined when no shadow runs. */
  shadowFigures(): ShadowFigures | undefined
  endShadow(): void
}
