import type { Log } from '../../core/log.js'
import { firsteight } from '../../generated/messages.js'
import { type CurrentRollout, idOf, type ModelState } from './state.js'
import type { ModelStore } from './store.js'

const { RolloutState } = firsteight.v1

/** Longest reason in a report. */
const REASON_LENGTH = 500

type Report = CurrentRollout['report']

export interface RecordDependencies {
  log: Log
  store: ModelStore
  now(): number
  /** Something to report has changed. */
  changed(): void
}

/** What is kept on disk, and told, of the rollout in force. */
export class RolloutRecord {
  readonly #dependencies: RecordDependencies

  constructor(dependencies: RecordDependencies) {
    this.#dependencies = dependencies
  }

  get state(): ModelState {
    return this.#dependencies.store.state
  }

  get rollout(): CurrentRollout {
    return this.state.rollout!
  }

  get report(): Report {
    return this.rollout.report
  }

  /** Undefined while the configured model is active. */
  get activeId(): string | undefined {
    return idOf(this.state.active)
  }

  /** The rollout with a change in its report, to be stored with what else changes. */
  changed(change: Partial<Report>): CurrentRollout {
    const report = { ...this.report, ...change }
    report.reason = report.reason.slice(0, REASON_LENGTH)
    if (report.state !== this.report.state) report.sinceMicroseconds = this.#dependencies.now()
    return { ...this.rollout, report }
  }

  /** Stores and tells a change in the report. */
  async note(change: Partial<Report>): Promise<void> {
    const rollout = this.changed(change)
    const { store, changed } = this.#dependencies
    await store.change({ rollout }, change.activity ?? RolloutState[rollout.report.state]!)
    changed()
  }

  /** The rollout's end. Never rejects: where it cannot be stored, it is told all the same. */
  async end(state: keyof typeof RolloutState, reason: string, code = ''): Promise<void> {
    const { store, log } = this.#dependencies
    const report = { state: RolloutState[state], code, reason, activity: '' }
    const candidate = state === 'SUCCEEDED' ? this.state.candidate : undefined
    try {
      await store.change({ candidate, rollout: this.changed(report) }, state)
    } catch (error) {
      log.error({ err: error }, 'the state of the rollout could not be written')
      Object.assign(this.report, report)
    }
    this.ended()
  }

  /** Tells an end that is stored already. */
  ended(): void {
    const { log, changed } = this.#dependencies
    const { state, reason, stage, modelId } = this.report
    const [name, stageName] = [RolloutState[state], firsteight.v1.RolloutStage[stage]]
    log.info({ model: modelId }, `rollout ${stageName}: ${name} ${reason}`)
    changed()
  }
}
