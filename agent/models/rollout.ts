import { FirsteightError, messageOf } from '../../core/errors.js'
import { SCHEMA_VERSION } from '../../core/messages.js'
import { desiredTopic, sha256, stageNumber } from '../../core/model-manifest.js'
import { encodeModelReport, type ModelRefusal, type ModelSlot } from '../../core/model-report.js'
import { isChosen } from '../../core/rollout-share.js'
import { revisionAfter } from '../../core/signature/verify.js'
import { type NodeName, nodePath, pathsToward } from '../../core/topics.js'
import { firsteight } from '../../generated/messages.js'
import type { IncomingMessage } from '../link/mailbox.js'
import type { AgentPart } from '../part.js'
import { Conduct, type ConductDependencies } from './conduct.js'
import { levelOf, type Order, readAccepted, readOrder } from './order.js'
import { Reporter } from './reporter.js'
import { type CurrentRollout, idOf, type Level, type Slot } from './state.js'

const { RolloutState } = firsteight.v1

/** Longest text of a refusal or reason in a report, UTF-16 code units. */
const TEXT_LENGTH = 500
/** States in which an order is not yet carried out. */
const UNFINISHED = new Set([RolloutState.QUEUED, RolloutState.IN_PROGRESS])

export interface RolloutDependencies extends Omit<ConductDependencies, 'changed' | 'refuse'> {
  identity: NodeName & { bootId: string }
  /** What was wrong with the models at the start. */
  problem: FirsteightError | undefined
  /** Of the metrics. */
  intervalSeconds(): number
}

/**
 * Takes orders about models from the fleet and has them carried out one at a time; reports on `model/reported`.
 * Orders come for the node, its site and everybody; the one signed last counts.
 */
export class ModelRollout implements AgentPart {
  readonly #dependencies: RolloutDependencies
  readonly #conduct: Conduct
  readonly #reporter: Reporter
  readonly refusals = new Map<string, number>()
  #lastRefusal: ModelRefusal | undefined
  #interval: NodeJS.Timeout | undefined
  #abort = new AbortController()
  #work: Promise<void> = Promise.resolve()
  /** Orders that are being accepted, one after the other. */
  #accepting: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(dependencies: RolloutDependencies) {
    this.#dependencies = dependencies
    this.#reporter = new Reporter(() => this.#announce())
    this.#conduct = new Conduct({
      ...dependencies,
      changed: () => void this.#reporter.changed(),
      refuse: (error, topic) => this.#refuse(error, topic),
    })
  }

  start(): void {
    const { identity, mailbox, store } = this.#dependencies
    this.#reporter.changed()
    for (const topic of pathsToward(identity, 'model/desired')) {
      mailbox.subscribe(topic, (message) => this.#received(message))
    }
    const { rollout } = store.state
    if (rollout !== undefined && isUnfinished(rollout)) this.#begin(readAccepted(rollout.order, identity))
    this.#waitInterval()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#interval)
    this.#abort.abort()
    await this.#accepting
    await this.#work
    this.#reporter.stop()
  }

  #waitInterval(): void {
    this.#interval = setTimeout(() => {
      this.#conduct.intervalEnded()
      const { rollout } = this.#dependencies.store.state
      if (rollout?.report.state === RolloutState.IN_PROGRESS) this.#reporter.changed()
      this.#waitInterval()
    }, 1000 * this.#dependencies.intervalSeconds())
  }

  #received({ topic, payload }: IncomingMessage): void {
    const { keys, identity, now, store } = this.#dependencies
    if (payload.length === 0) {
      this.#accept(() => this.#withdraw(topic))
      return
    }
    const digest = sha256(payload)
    const isKnown = () => Object.values(store.state.lastAccepted).some((last) => last.digest === digest)
    // Retained orders come again with every connection.
    if (isKnown()) return
    try {
      const trusted = keys()
      const lowestRevision = (level: Level) => revisionAfter(store.state.lastAccepted[level], trusted)
      const order = readOrder(payload, { keys: trusted, receiver: identity, now: now(), lowestRevision })
      this.#accept(async () => {
        if (!isKnown()) await this.#take(order, digest)
      })
    } catch (error) {
      this.#refuse(error, topic)
    }
  }

  #accept(work: () => Promise<void>): void {
    this.#accepting = this.#accepting.then(async () => {
      if (this.#stopped) return
      try {
        await work()
      } catch (error) {
        this.#refuse(error, nodePath(this.#dependencies.identity, 'model/desired'))
      }
    })
  }

  /** A new order: it is on disk before anything is done about it. */
  async #take(order: Order, digest: string): Promise<void> {
    const { store, identity, now } = this.#dependencies
    const { statement, manifest, accepted } = order
    const { state } = store
    const last = { revision: statement.revision, keyId: accepted.signer.keyId, digest }
    const lastAccepted = { ...state.lastAccepted, [levelOf(statement.target)]: last }
    const before = state.rollout
    if (
      before !== undefined &&
      readAccepted(before.order, identity).statement.notBefore > statement.notBefore
    ) {
      await store.change({ lastAccepted }, 'superseded order')
      return
    }
    await this.#halt()
    if (before !== undefined && isUnfinished(before)) this.#announceCanceled(before, 'a later order came')
    const modelId = manifest.model?.id ?? manifest.leave!
    const isSameModel = before?.report.modelId === modelId && manifest.stage !== 'rollback'
    // A stage that confirms what is being watched must not end the watch.
    const goesOn = isSameModel && before.report.activity === 'watching' && manifest.stage !== 'shadow'
    const report = {
      rolloutId: manifest.rolloutId,
      revision: statement.revision,
      target: statement.target,
      stage: stageNumber(manifest.stage),
      modelId,
      state: goesOn ? RolloutState.IN_PROGRESS : RolloutState.QUEUED,
      code: '',
      reason: '',
      activity: goesOn ? 'watching' : '',
      chosen: isChosen(manifest.rolloutId, identity, manifest.share),
      chunksHeld: 0,
      chunks: manifest.model?.chunkDigests.length ?? 0,
      sinceMicroseconds: now(),
      signerKeyId: accepted.signer.keyId,
      signerName: accepted.signer.name,
      ...(isSameModel && before.report.shadow && { shadow: before.report.shadow }),
      ...(goesOn && { watch: before.report.watch! }),
    }
    await store.change(
      {
        lastAccepted,
        minimumVersion: Math.max(state.minimumVersion, manifest.minimumVersion),
        candidate: state.candidate?.id === modelId ? state.candidate : undefined,
        rollout: { order: accepted, acceptedAt: now(), report },
      },
      'order',
    )
    this.#reporter.changed()
    this.#begin(order)
  }

  /** The order was deleted from its topic: what has not become active will not. */
  async #withdraw(topic: string): Promise<void> {
    const { store, identity } = this.#dependencies
    const { rollout } = store.state
    if (rollout === undefined || !isUnfinished(rollout) || rollout.report.activity === 'watching') return
    if (desiredTopic(readAccepted(rollout.order, identity).statement.target) !== topic) return
    await this.#halt()
    await store.change({ candidate: undefined, rollout: canceled(rollout, 'it was withdrawn') }, 'withdrawn')
    this.#reporter.changed()
  }

  #begin(order: Order): void {
    this.#abort = new AbortController()
    this.#work = this.#conduct.carryOut(order, this.#abort.signal)
  }

  async #halt(): Promise<void> {
    this.#abort.abort()
    await this.#work
  }

  #refuse(error: unknown, topic: string): void {
    const { log, now } = this.#dependencies
    const code = error instanceof FirsteightError ? error.code : 'INTERNAL'
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
    const message = messageOf(error).slice(0, TEXT_LENGTH)
    this.#lastRefusal = { code, message, topic, atMicroseconds: now() }
    // One line a report at most: whoever may publish must not fill the log.
    if (this.#reporter.changed()) log.warn({ code, topic, refused: this.#refused() }, `refused: ${message}`)
  }

  #refused(): number {
    return [...this.refusals.values()].reduce((sum, count) => sum + count, 0)
  }

  #announceCanceled(rollout: CurrentRollout, reason: string): void {
    this.#announce(canceled(rollout, reason).report)
  }

  #announce(rollout = this.#dependencies.store.state.rollout?.report): void {
    const { identity, mailbox, now, problem, store } = this.#dependencies
    const { active, previous, candidate } = store.state
    const payload = encodeModelReport({
      header: {
        schemaVersion: SCHEMA_VERSION,
        site: identity.site,
        node: identity.node,
        bootId: identity.bootId,
        publishedAtMicroseconds: now(),
      },
      active: this.#slot(active),
      ...(previous && { previous: this.#slot(previous) }),
      ...(candidate && { candidate: this.#slot(candidate) }),
      ...(rollout && { rollout }),
      refused: this.#refused(),
      ...(this.#lastRefusal && { lastRefusal: this.#lastRefusal }),
      ...(problem && { problemCode: problem.code, problem: problem.message.slice(0, TEXT_LENGTH) }),
    })
    mailbox.announce({
      topic: nodePath(identity, 'model/reported'),
      payload,
      retain: true,
      schema: 'firsteight.v1.ModelReport',
    })
  }

  #slot(slot: Slot): ModelSlot {
    const { shipped, identity, keys } = this.#dependencies
    if (slot === 'shipped') {
      const { name, version } = shipped.model
      return { id: shipped.id, name, version, signerKeyId: '', signerName: '', signerTrusted: true }
    }
    const { signer } = slot
    const { name = '', version = 0 } = readAccepted(slot, identity).manifest.model ?? {}
    const signerTrusted = keys().byId.has(signer.keyId)
    return {
      id: idOf(slot)!,
      name,
      version,
      signerKeyId: signer.keyId,
      signerName: signer.name,
      signerTrusted,
    }
  }
}

function isUnfinished({ report }: CurrentRollout): boolean {
  return UNFINISHED.has(report.state)
}

function canceled(rollout: CurrentRollout, reason: string): CurrentRollout {
  const report = { ...rollout.report, state: RolloutState.CANCELED, code: '', reason, activity: '' }
  return { ...rollout, report }
}
