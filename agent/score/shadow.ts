import { CONTEXT_NAMES, type ContextName, contextNumber } from '../../core/contexts.js'
import type { Kernel } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import type { ModelFile } from '../../core/model-file.js'
import { type Difference, MOST_DIFFERENCES, type ShadowFigures } from '../../core/model-report.js'
import type { StreamRecord } from '../../core/stream-record.js'
import type { Follower } from './scorer.js'

/** Anomalous streams looked at one by one between two calls of `idle`; a flood must not slow the active model down. */
const MOST_COMPARED = 5000

/** A kernel with the model that scores in it. */
export interface ScoringKernel {
  kernel: Kernel
  model: ModelFile
}

/**
 * A candidate beside the active model: a second kernel is given the same packets, and what either of the two flags is
 * shown to the other. A loss depends on context and first eight bytes alone, so a stream that one of them flags can be
 * scored by the other at any time. Nothing is alerted.
 *
 * TCP connections that are open when it begins are midstream for the candidate, which so sees a little less.
 */
export class Shadow implements Follower {
  readonly #active: ScoringKernel
  readonly #candidate: ScoringKernel
  readonly #before: KernelCounters
  readonly #startedAt = performance.now()
  readonly #only = new Map(CONTEXT_NAMES.map((name) => [name, { active: 0, candidate: 0 }]))
  readonly #examples: Difference[] = []
  /** The packet under way: scoring by themselves what the active model flags uses the candidate's packet memory. */
  readonly #packet: Buffer
  #joined = false
  #left = MOST_COMPARED
  #uncompared = 0

  /** @param candidate a kernel that has scored nothing yet, with the server ports set */
  constructor(active: ScoringKernel, candidate: ScoringKernel) {
    this.#active = active
    this.#candidate = candidate
    this.#before = active.kernel.counters()
    this.#packet = Buffer.alloc(candidate.kernel.packetBuffer.length)
    this.#joined = candidate.kernel.joinStream(active.kernel)
  }

  copyPacket(length: number): void {
    this.#active.kernel.packetBuffer.copy(this.#packet, 0, 0, length)
  }

  handlePacket(linkType: number, length: number, timeMicroseconds: number): void {
    this.#packet.copy(this.#candidate.kernel.packetBuffer, 0, 0, length)
    if (this.#candidate.kernel.packet(linkType, length, timeMicroseconds) > 0) this.#compareCandidates()
  }

  copyChunk(length: number): void {
    if (!this.#joined) return
    const bytes = this.#active.kernel.inputSpace().subarray(0, length)
    this.#candidate.kernel.appendUnwalked(bytes)
  }

  handleChunk(untilMicroseconds: number): void {
    const { kernel } = this.#candidate
    if (!this.#joined) {
      this.#joined = kernel.joinStream(this.#active.kernel)
      return
    }
    for (;;) {
      const outcome = kernel.walk(0, untilMicroseconds)
      this.#compareCandidates()
      if (outcome !== 'records-full') return
    }
  }

  /** The active model flagged this stream. */
  activeRecord(record: StreamRecord): void {
    if (record.kind !== 'anomaly' || !this.#mayCompare()) return
    const loss = lossOf(this.#candidate, record)
    if (loss > thresholdOf(this.#candidate, record.context)) return
    this.#differs('active', record, { activeLoss: record.loss, candidateLoss: loss })
  }

  /** Now and then: TCP streams that have been idle since then end, and further streams may be compared. */
  idle(idleSinceMicroseconds: number): void {
    this.#left = MOST_COMPARED
    this.#candidate.kernel.endFlowsBefore(idleSinceMicroseconds, () => {})
  }

  figures(): ShadowFigures {
    const now = this.#candidate.kernel.counters()
    const active = this.#active.kernel.counters()
    return {
      seconds: Math.floor((performance.now() - this.#startedAt) / 1000),
      contexts: CONTEXT_NAMES.map((name) => ({
        context: contextNumber(name),
        streams: now.contexts[name].streams,
        activeAnomalies: active.contexts[name].anomalies - this.#before.contexts[name].anomalies,
        candidateAnomalies: now.contexts[name].anomalies,
        onlyActive: this.#only.get(name)!.active,
        onlyCandidate: this.#only.get(name)!.candidate,
      })),
      uncompared: this.#uncompared,
      examples: [...this.#examples],
    }
  }

  #compareCandidates(): void {
    this.#candidate.kernel.takeRecords((record) => {
      if (record.kind !== 'anomaly' || !this.#mayCompare()) return
      const loss = lossOf(this.#active, record)
      if (loss > thresholdOf(this.#active, record.context)) return
      this.#differs('candidate', record, { activeLoss: loss, candidateLoss: record.loss })
    })
  }

  #mayCompare(): boolean {
    if (this.#left === 0) {
      this.#uncompared++
      return false
    }
    this.#left--
    return true
  }

  #differs(
    flaggedBy: 'active' | 'candidate',
    { context, firstEight }: StreamRecord,
    losses: { activeLoss: number; candidateLoss: number },
  ): void {
    this.#only.get(context)![flaggedBy]++
    const candidateFlags = flaggedBy === 'candidate'
    // Half of the room for each, so that one kind does not hide the other.
    const alike = this.#examples.filter((example) => example.candidateFlags === candidateFlags)
    if (alike.length >= MOST_DIFFERENCES / 2) return
    this.#examples.push({ context: contextNumber(context), firstEight, ...losses, candidateFlags })
  }
}

function lossOf({ kernel }: ScoringKernel, { context, firstEight }: StreamRecord): number {
  return kernel.score(context, firstEight).loss
}

function thresholdOf({ model }: ScoringKernel, context: ContextName): number {
  return model.byContext.get(context)!.threshold!
}
