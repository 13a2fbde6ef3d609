import { FirsteightError, messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import type { ModelFile } from '../../core/model-file.js'
import { checkDescribed } from '../../core/model-manifest.js'
import type { NodeName } from '../../core/topics.js'
import { firsteight } from '../../generated/messages.js'
import { judgeWatch } from './judge.js'
import { readAccepted } from './order.js'
import type { Slot } from './state.js'
import { withRefused } from './state.js'
import { ModelStore, type StoreStep } from './store.js'

const { RolloutState } = firsteight.v1

export interface StartDependencies {
  folder: string
  receiver: NodeName
  /** The model that the agent is configured with. */
  shipped: ModelFile
  /** Loads a model into the kernel. @throws FirsteightError when the kernel cannot run it */
  load(model: ModelFile): void
  log: Log
  now(): number
  step?: StoreStep | undefined
}

/** The models at the agent's start. */
export interface StartedModels {
  store: ModelStore
  /** In the kernel. */
  model: ModelFile
  /** Why it is not the one of the last run. */
  problem: FirsteightError | undefined
}

/**
 * Chooses what to run: the active model of the last run if its file and the signature of its manifest still hold, else
 * the previous one, else the configured one. A model that is still watched, and under which the agent starts too often,
 * is left here.
 * @throws FirsteightError FILE_UNWRITABLE; MODEL_* when even the configured model cannot be run
 */
export async function startModels(dependencies: StartDependencies): Promise<StartedModels> {
  const { folder, log, step } = dependencies
  const { store, problem: stateProblem } = await ModelStore.open(folder, { log, step })
  await countStart(store, dependencies)
  const { active, previous = 'shipped' } = store.state
  const problems: FirsteightError[] = stateProblem ? [stateProblem] : []
  for (const slot of new Set<Slot>([active, previous, 'shipped'])) {
    try {
      const model = await verified(store, slot, dependencies)
      dependencies.load(model)
      const [problem] = problems
      if (slot !== active) await settle(store, slot, problem!, dependencies)
      if (problem) log.error({ code: problem.code, hint: problem.hint }, problem.message)
      return { store, model, problem }
    } catch (error) {
      if (slot === 'shipped') throw error
      problems.push(unverified(slot, error))
    }
  }
  throw new Error('unreachable: the configured model is tried last')
}

/** @throws FirsteightError, Error when it is not the model that was accepted */
export async function verified(
  store: ModelStore,
  slot: Slot,
  { receiver, shipped }: { receiver: NodeName; shipped: ModelFile },
): Promise<ModelFile> {
  if (slot === 'shipped') return shipped
  const { manifest } = readAccepted(slot, receiver)
  const file = await store.readModel(slot.id)
  if (manifest.model === undefined) throw new Error('its manifest names no model')
  checkDescribed(file, manifest.model)
  return file
}

async function countStart(store: ModelStore, { receiver, now, log }: StartDependencies): Promise<void> {
  const { rollout, active, previous = 'shipped' } = store.state
  const watch = rollout?.report.watch
  if (rollout === undefined || watch == null || rollout.report.activity !== 'watching') return
  const counted = { ...watch, starts: watch.starts + 1 }
  const { manifest } = readAccepted(rollout.order, receiver)
  const verdict = judgeWatch(counted, { streams: 0, anomalies: 0 }, manifest.bounds)
  if (typeof verdict === 'string') {
    // What was counted of streams ended with the last run.
    const anew = { ...counted, intervals: 0, streams: 0, anomalies: 0, faults: 0 }
    await store.change({ rollout: { ...rollout, report: { ...rollout.report, watch: anew } } }, 'start')
    return
  }
  log.error({ model: rollout.report.modelId }, `back to the previous model: ${verdict.outOfBounds}`)
  const report = {
    ...rollout.report,
    watch: counted,
    state: RolloutState.FAILED,
    code: 'MODEL_OUT_OF_BOUNDS',
    reason: verdict.outOfBounds,
    activity: '',
    sinceMicroseconds: now(),
  }
  const refused = active === 'shipped' ? store.state.refused : withRefused(store.state, active.id)
  await store.change(
    { active: previous, previous: undefined, rollout: { ...rollout, report }, refused },
    'return',
  )
}

/** The active model of the last run could not be verified; this one runs in its place. */
async function settle(
  store: ModelStore,
  slot: Slot,
  problem: FirsteightError,
  { now }: StartDependencies,
): Promise<void> {
  const { active, rollout } = store.state
  const concerned = rollout !== undefined && active !== 'shipped' && rollout.report.modelId === active.id
  const report = concerned && {
    ...rollout.report,
    state: RolloutState.FAILED,
    code: problem.code,
    reason: problem.message.slice(0, 500),
    activity: '',
    sinceMicroseconds: now(),
  }
  await store.change(
    { active: slot, previous: undefined, ...(report && { rollout: { ...rollout, report } }) },
    'settle',
  )
}

function unverified(slot: Exclude<Slot, 'shipped'>, error: unknown): FirsteightError {
  return new FirsteightError('MODEL_UNVERIFIED', `model ${slot.id}: ${messageOf(error)}`, {
    hint: 'It was changed on disk, or this version of firsteight cannot run it. Publish the model again.',
    details: { model: slot.id },
    cause: error,
  })
}
