import { setTimeout as sleep } from 'node:timers/promises'
import { FirsteightError } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import { isChosen } from '../../core/rollout-share.js'
import type { TrustedKeys } from '../../core/signature/trusted-keys.js'
import type { NodeName } from '../../core/topics.js'
import { firsteight } from '../../generated/messages.js'
import type { Mailbox } from '../link/mailbox.js'
import { beforeDeadline } from './deadline.js'
import type { ModelEngine } from './engine.js'
import { fetchChunks } from './fetch.js'
import { Intervals } from './intervals.js'
import { judgeShadow, judgeWatch } from './judge.js'
import { checkVersion } from './lowest-version.js'
import type { Order } from './order.js'
import { type RecordDependencies, RolloutRecord } from './record.js'
import { verified } from './start.js'
import { idOf, type ModelState, type Slot, withRefused } from './state.js'

const { RolloutState } = firsteight.v1

/** How often a shadow is judged, ms. */
const SHADOW_LOOK = 500

export interface ConductDependencies extends RecordDependencies {
  identity: NodeName
  mailbox: Mailbox
  engine: ModelEngine
  /** The model that the agent is configured with. */
  shipped: ModelFile
  keys(): TrustedKeys
  refuse(error: FirsteightError, topic: string): void
}

/** Carries one order out at a time, from what the store knows of it: after any end it goes on where it was. */
export class Conduct {
  readonly #dependencies: ConductDependencies
  readonly #intervals: Intervals
  readonly #record: RolloutRecord

  constructor(dependencies: ConductDependencies) {
    this.#dependencies = dependencies
    this.#intervals = new Intervals(() => dependencies.engine.counts())
    this.#record = new RolloutRecord(dependencies)
  }

  /** A metric interval has ended. */
  intervalEnded(): void {
    this.#intervals.ended()
  }

  /**
   * Carries the order in force to its end. Never throws.
   * @param signal aborts when another order comes or the agent ends; what is on disk stays as it is
   */
  async carryOut(order: Order, signal: AbortSignal): Promise<void> {
    try {
      await this.#carryOut(order, signal)
    } catch (error) {
      if (signal.aborted) return
      await this.#fail(error)
    } finally {
      this.#dependencies.engine.endShadow()
    }
  }

  async #carryOut(order: Order, signal: AbortSignal): Promise<void> {
    const { manifest } = order
    if (this.#record.report.activity === 'watching') return this.#watch(order, signal)
    if (manifest.stage === 'rollback') return this.#rollBack(order, signal)
    const model = manifest.model!
    checkVersion(model.version, manifest.minimumVersion, this.#state, this.#dependencies.keys())
    if (this.#activeId === model.id) return this.#record.end('SUCCEEDED', 'the model is active already')
    if (!isChosen(manifest.rolloutId, this.#dependencies.identity, manifest.share)) {
      return this.#record.note({
        state: RolloutState.QUEUED,
        reason: "this stage's share leaves the agent out",
      })
    }
    if (this.#state.refused.includes(model.id) && !manifest.force) {
      throw new FirsteightError(
        'MODEL_REFUSED_BEFORE',
        'this agent has refused this model or returned from it',
        {
          hint: 'Publish it with --force if it shall be taken even so.',
        },
      )
    }
    const file = await this.#obtain(order, signal)
    if (manifest.stage === 'shadow') await this.#shadow(order, file, signal)
    else {
      await this.#switch(order, file)
      await this.#watch(order, signal)
    }
  }

  /** The model's file, verified: from disk or from the broker. It is the candidate then. */
  async #obtain(order: Order, signal: AbortSignal): Promise<ModelFile> {
    const { store, engine, mailbox, refuse, changed } = this.#dependencies
    const model = order.manifest.model!
    const chunks = model.chunkDigests.length
    const { candidate, previous } = this.#state
    const onDisk = [candidate, previous].find((slot) => slot !== undefined && idOf(slot) === model.id)
    if (onDisk !== undefined) {
      try {
        return await verified(store, onDisk, { ...this.#dependencies, receiver: this.#dependencies.identity })
      } catch (error) {
        this.#dependencies.log.warn({ err: error }, 'a model on disk cannot be verified; it is fetched again')
      }
    }
    await this.#record.note({
      state: RolloutState.IN_PROGRESS,
      activity: 'fetching',
      chunks,
      chunksHeld: 0,
      reason: '',
    })
    await this.#beforeDeadline(order, signal, 'the model could not be fetched', (until) =>
      fetchChunks(model, until, {
        mailbox,
        store,
        refuse,
        progress: (held) => {
          this.#record.report.chunksHeld = held
          changed()
        },
      }),
    )
    const file = await store.joinChunks(model)
    await engine.tryModel(file)
    signal.throwIfAborted()
    await store.change(
      {
        candidate: { id: model.id, ...order.accepted },
        rollout: { ...this.#record.rollout, report: { ...this.#record.report, activity: '' } },
      },
      'candidate',
    )
    return file
  }

  async #shadow(order: Order, file: ModelFile, signal: AbortSignal): Promise<void> {
    const { engine } = this.#dependencies
    const { bounds } = order.manifest
    await this.#record.note({ state: RolloutState.IN_PROGRESS, activity: 'shadow', reason: '' })
    await engine.beginShadow(file)
    const late = 'too few streams were seen to judge the model in shadow'
    await this.#beforeDeadline(order, signal, late, async (until) => {
      for (;;) {
        await sleep(SHADOW_LOOK, undefined, { signal: until })
        const figures = engine.shadowFigures()!
        this.#record.report.shadow = figures
        const verdict = judgeShadow(figures, bounds)
        if (verdict === 'open') continue
        engine.endShadow()
        if (verdict === 'good')
          return this.#record.end('SUCCEEDED', 'the model stayed within its bounds in shadow')
        await this.#refuseModel(file.id, verdict.outOfBounds)
        return
      }
    })
  }

  async #refuseModel(id: string, reason: string): Promise<void> {
    await this.#dependencies.store.change(
      {
        candidate: undefined,
        refused: withRefused(this.#state, id),
        rollout: this.#record.changed({
          state: RolloutState.REJECTED,
          code: 'MODEL_OUT_OF_BOUNDS',
          reason: `in shadow ${reason}`,
          activity: '',
        }),
      },
      'refused',
    )
    this.#record.ended()
  }

  /** From here on the model scores. On disk first: whatever ends the agent, its next start runs what the disk says. */
  async #switch(order: Order, file: ModelFile): Promise<void> {
    const { store } = this.#dependencies
    const { version } = order.manifest.model!
    const { highest } = this.#state
    const baseline = this.#intervals.sum()
    const watch = {
      intervals: 0,
      streams: 0,
      anomalies: 0,
      faults: 0,
      starts: 0,
      baselineStreams: baseline.streams,
      baselineAnomalies: baseline.anomalies,
    }
    await store.change(
      {
        active: { id: file.id, ...order.accepted },
        previous: this.#state.active,
        candidate: undefined,
        highest:
          version > (highest?.version ?? 0) ? { version, keyId: order.accepted.signer.keyId } : highest,
        rollout: this.#record.changed({
          state: RolloutState.IN_PROGRESS,
          activity: 'watching',
          reason: '',
          watch,
        }),
      },
      'switch',
    )
    this.#use(file)
  }

  async #watch(order: Order, signal: AbortSignal): Promise<void> {
    const { engine, store } = this.#dependencies
    const { bounds } = order.manifest
    const before = engine.counts()
    const begun = this.#record.report.watch!
    for (;;) {
      await this.#intervals.next(signal)
      const now = engine.counts()
      const watch = {
        ...begun,
        intervals: (this.#record.report.watch?.intervals ?? 0) + 1,
        streams: begun.streams + now.streams - before.streams,
        anomalies: begun.anomalies + now.anomalies - before.anomalies,
        faults: begun.faults + now.faults - before.faults,
      }
      this.#record.report.watch = watch
      const verdict = judgeWatch(watch, this.#intervals.lastRate, bounds)
      if (verdict === 'good') return this.#record.end('SUCCEEDED', 'the model stayed within its bounds')
      if (verdict === 'open') {
        this.#dependencies.changed()
        continue
      }
      const { active, previous = 'shipped' } = this.#state
      const { slot, file } = await this.#usable(previous)
      await store.change(
        {
          active: slot,
          previous: undefined,
          refused: withRefused(this.#state, idOf(active)!),
          rollout: this.#record.changed({
            state: RolloutState.FAILED,
            code: 'MODEL_OUT_OF_BOUNDS',
            reason: verdict.outOfBounds,
            activity: '',
          }),
        },
        'return',
      )
      this.#use(file)
      this.#record.ended()
      return
    }
  }

  async #rollBack(order: Order, signal: AbortSignal): Promise<void> {
    const { shipped, store } = this.#dependencies
    const { model, leave, minimumVersion } = order.manifest
    if (model === undefined) {
      if (this.#activeId !== leave) return this.#record.end('SUCCEEDED', 'that model is not active here')
      return this.#goTo(await this.#usable(this.#state.previous ?? 'shipped'))
    }
    if (this.#activeId === model.id) return this.#record.end('SUCCEEDED', 'the model is active already')
    if (model.id === shipped.id) return this.#goTo({ slot: 'shipped', file: shipped })
    checkVersion(model.version, minimumVersion, this.#state)
    const file = await this.#obtain(order, signal)
    await this.#goTo({ slot: { id: model.id, ...order.accepted }, file })
    await store.change({ candidate: undefined }, 'rolled back')
  }

  async #goTo({ slot, file }: { slot: Slot; file: ModelFile }): Promise<void> {
    await this.#dependencies.store.change(
      {
        active: slot,
        previous: undefined,
        rollout: this.#record.changed({ state: RolloutState.SUCCEEDED, code: '', reason: '', activity: '' }),
      },
      'rollback',
    )
    this.#use(file)
    this.#record.ended()
  }

  /** The model in that slot if it can still be verified, else the configured one. */
  async #usable(slot: Slot): Promise<{ slot: Slot; file: ModelFile }> {
    const { store, identity, shipped, log } = this.#dependencies
    try {
      return { slot, file: await verified(store, slot, { receiver: identity, shipped }) }
    } catch (error) {
      log.error({ err: error }, 'the previous model cannot be verified: back to the configured one')
      return { slot: 'shipped', file: shipped }
    }
  }

  #use(file: ModelFile): void {
    const { engine, log } = this.#dependencies
    engine.useModel(file)
    this.#intervals.restart()
    log.info(
      { model: file.id },
      `model ${file.model.name}, version ${file.model.version}, scores from now on`,
    )
    this.#dependencies.changed()
  }

  /** @throws FirsteightError ROLLOUT_TIMED_OUT */
  async #beforeDeadline<T>(
    order: Order,
    signal: AbortSignal,
    late: string,
    work: (until: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { deadlineSeconds } = order.manifest.bounds
    const options = {
      endsAtMilliseconds: this.#record.rollout.acceptedAt / 1000 + 1000 * deadlineSeconds,
      nowMilliseconds: this.#dependencies.now() / 1000,
      late: `${late} within ${deadlineSeconds} s`,
      signal,
    }
    return beforeDeadline(options, work)
  }

  async #fail(error: unknown): Promise<void> {
    const known = error instanceof FirsteightError ? error : undefined
    if (known === undefined) this.#dependencies.log.error({ err: error }, 'a rollout failed')
    const state = known?.code === 'ROLLOUT_TIMED_OUT' ? 'TIMED_OUT' : 'REJECTED'
    const reason = known?.message ?? `a fault in firsteight: ${String(error)}`
    await this.#record.end(state, reason, known?.code ?? 'INTERNAL')
  }

  get #state(): ModelState {
    return this.#record.state
  }

  get #activeId(): string {
    return this.#record.activeId ?? this.#dependencies.shipped.id
  }
}
