import type { Kernel } from '../../core/kernel.js'
import type { ModelFile } from '../../core/model-file.js'
import type { ShadowFigures } from '../../core/model-report.js'
import type { StreamRecord } from '../../core/stream-record.js'
import type { ModelEngine, ScoreCounts } from '../models/engine.js'
import type { Scorer } from './scorer.js'
import { Shadow } from './shadow.js'

export interface EngineDependencies {
  kernel: Kernel
  scorer: Scorer
  /** Loaded into the kernel. */
  model: ModelFile
  /** Another kernel of the same build, with the same server ports. */
  spareKernel(): Promise<Kernel>
  /** What the kernel counted with the present model is forgotten right after. */
  changes(): void
  changed(model: ModelFile): void
  faults(): number
}

/** The kernel's model, exchanged between packets, and a candidate beside it while its shadow runs. */
export class ScoringEngine implements ModelEngine {
  readonly #dependencies: EngineDependencies
  #model: ModelFile
  #shadow: Shadow | undefined

  constructor(dependencies: EngineDependencies) {
    this.#dependencies = dependencies
    this.#model = dependencies.model
  }

  get model(): ModelFile {
    return this.#model
  }

  counts(): ScoreCounts {
    const { kernel, faults } = this.#dependencies
    const contexts = Object.values(kernel.counters().contexts)
    const sum = (of: 'streams' | 'anomalies') => contexts.reduce((total, context) => total + context[of], 0)
    return { streams: sum('streams'), anomalies: sum('anomalies'), faults: faults() }
  }

  async tryModel(model: ModelFile): Promise<void> {
    const kernel = await this.#dependencies.spareKernel()
    kernel.loadModel(model)
  }

  useModel(model: ModelFile): void {
    if (model.id === this.#model.id) return
    const { kernel, changes, changed } = this.#dependencies
    this.endShadow()
    changes()
    kernel.loadModel(model)
    this.#model = model
    changed(model)
  }

  async beginShadow(model: ModelFile): Promise<void> {
    this.endShadow()
    const kernel = await this.#dependencies.spareKernel()
    kernel.loadModel(model)
    this.#shadow = new Shadow({ kernel: this.#dependencies.kernel, model: this.#model }, { kernel, model })
    this.#dependencies.scorer.follow(this.#shadow)
  }

  shadowFigures(): ShadowFigures | undefined {
    return this.#shadow?.figures()
  }

  endShadow(): void {
    this.#shadow = undefined
    this.#dependencies.scorer.follow(undefined)
  }

  /** The active model recorded this stream. */
  recorded(record: StreamRecord): void {
    this.#shadow?.activeRecord(record)
  }

  /** Called now and then; ends TCP streams that have been idle since then. */
  idle(idleSinceMicroseconds: number): void {
    this.#shadow?.idle(idleSinceMicroseconds)
  }
}
