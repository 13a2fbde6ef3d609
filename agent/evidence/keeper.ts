import { createHash } from 'node:crypto'
import { FirsteightError, messageOf } from '../../core/errors.js'
import type { FlowEnds, Frame, FrameRing } from '../../core/kernel-frames.js'
import type { Log } from '../../core/log.js'
import type { NodeName } from '../../core/topics.js'
import { VERSION } from '../../core/version.js'
import type { WriteStep } from '../../core/write-file.js'
import { firsteight } from '../../generated/messages.js'
import type { AgentPart } from '../part.js'
import { type FlowLimits, FlowWatch } from './flow-watch.js'
import { pcapngSection } from './pcapng.js'
import { EvidenceStore, type EvidenceStoreCounters } from './store.js'
import { type CaptureLimits, TimedCapture } from './timed-capture.js'

const { Transport } = firsteight.v1

/** The configuration's section `evidence`. */
export interface EvidenceSettings extends FlowLimits {
  enabled: boolean
  budgetBytes: number
  bytesPerPacket: number
  afterSeconds: number
}

export interface EvidenceDependencies {
  ring: FrameRing
  settings: EvidenceSettings
  /** Undefined: there is no state folder, so nothing is kept. */
  folder: string | undefined
  node: NodeName
  log: Log
  /** For tests; see EvidenceStore. */
  step?: WriteStep
}

/** Counts since the start. */
export interface EvidenceCounters extends EvidenceStoreCounters {
  /** Files begun: one for each flow that an alert told of. */
  flows: number
  /** Packets in them. */
  packets: number
  /** Flows whose packets are collected now. */
  watchedFlows: number
  /** Flows whose collection was ended early, because newer ones needed the place. */
  endedEarly: number
  /** Alerts without evidence: none of the flow's packets was held any more, or too much waited for the disk. */
  without: number
  /** Packets that were overwritten before they could be copied. */
  missedPackets: number
}

/** A flow that goes on gets a new file only after so long, microseconds of capture time; alerts until then name its first. */
const REPEAT_MICROSECONDS = 600e6
/** Flows of which that is remembered. */
const MOST_REMEMBERED = 4096

/**
 * Keeps the packets of flows that alerts tell of. The first section of a flow's file holds what was captured when the
 * alert was published; its hash goes into the alert, while the file is written in the background. What follows is
 * collected in memory and appended as a second section when the time is over or the room is used up.
 */
export class EvidenceKeeper implements AgentPart {
  readonly #dependencies: EvidenceDependencies
  /** By mark, oldest first. */
  readonly #watches = new Map<number, FlowWatch>()
  /** The last evidence of a flow, and when it began, by Community ID; oldest first. */
  readonly #remembered = new Map<string, { evidence: firsteight.v1.Evidence.$Properties; from: number }>()
  #store: EvidenceStore | undefined
  #capture: { taken: TimedCapture; end: () => void } | undefined
  #next = 0
  #counts = { flows: 0, packets: 0, endedEarly: 0, without: 0, missedPackets: 0 }

  constructor(dependencies: EvidenceDependencies) {
    this.#dependencies = dependencies
  }

  /** Where the files are; undefined when none are kept. */
  get store(): EvidenceStore | undefined {
    return this.#store
  }

  /** Undefined when no evidence is kept. */
  counters(): EvidenceCounters | undefined {
    if (this.#store === undefined) return undefined
    return { ...this.#store.counters, ...this.#counts, watchedFlows: this.#watches.size }
  }

  /** A folder that cannot be used costs the evidence, not the alerts. */
  async start(): Promise<void> {
    const { settings, folder, log, ring, step } = this.#dependencies
    if (!settings.enabled) return
    if (folder === undefined) {
      log.info({}, 'no packets are kept as evidence: there is no state folder (setting stateFolder)')
      return
    }
    try {
      const { budgetBytes } = settings
      this.#store = await EvidenceStore.open({ folder, budgetBytes, log, ...(step && { step }) })
      ring.keep(settings.bytesPerPacket)
    } catch (error) {
      log.warn({}, `no packets are kept as evidence: ${folder}: ${messageOf(error)}`)
    }
  }

  /**
   * What an alert says of its flow's packets, which from now on are collected.
   * @param eventId of the alert, a UUID
   */
  attach(
    eventId: string,
    anomaly: firsteight.v1.Anomaly.$Properties,
  ): firsteight.v1.Evidence.$Properties | undefined {
    const store = this.#store
    const flow = anomaly.flow
    if (store === undefined || flow == null) return undefined
    const lastSeen = anomaly.lastSeenMicroseconds as number
    const community = flow.communityId ?? ''
    const earlier = this.#remembered.get(community)
    if (earlier && store.has(earlier.evidence.eventId!) && lastSeen - earlier.from < REPEAT_MICROSECONDS)
      return earlier.evidence

    const watch = this.#watch(eventId, flow, {
      lastSeen,
      about: `model ${anomaly.modelId}; flow ${community}`,
    })
    const frames = watch?.take() ?? []
    if (watch === undefined || frames.length === 0) {
      if (watch) this.#close(watch)
      this.#counts.without++
      return undefined
    }
    const section = this.#section(watch, frames, 'up to the alert')
    if (!store.write(eventId, section)) {
      this.#close(watch)
      this.#counts.without++
      return undefined
    }
    this.#counts.flows++
    this.#counts.packets += frames.length
    if (watch.full) this.#close(watch)
    const sha256 = createHash('sha256').update(section).digest()
    const evidence = { eventId, sha256, sectionBytes: section.length, packets: frames.length }
    this.#remember(community, evidence, lastSeen)
    return evidence
  }

  /** Copies the watched flows' new frames; to be called while the kernel's ring still holds them. */
  follow(): void {
    if (this.#capture) {
      this.#capture.taken.follow()
      if (this.#capture.taken.full) this.#capture.end()
    }
    if (this.#watches.size === 0) return
    const { ring } = this.#dependencies
    const { next, missed } = ring.eachWatched(this.#next, (mark, number) => {
      const watch = this.#watches.get(mark)
      if (watch === undefined) return
      const time = ring.timeOf(number)
      if (time === undefined) this.#counts.missedPackets++
      else if (watch.wants(time)) watch.add(ring.read(number)!)
      if (watch.full) this.#close(watch)
    })
    this.#next = next
    this.#counts.missedPackets += missed
  }

  /** Ends the collections that are over by this capture time, microseconds since 1970. */
  tick(nowMicroseconds: number): void {
    this.follow()
    for (const watch of this.#watches.values()) {
      if (nowMicroseconds > watch.endsAtMicroseconds) this.#close(watch)
    }
  }

  /**
   * Keeps what passes on the server ports as a file, until the time is over, the room used up, or `signal` aborts.
   * @param id names the file, a UUID
   * @throws FirsteightError EVIDENCE_OFF, COMMAND_BUSY when one runs already, FILE_UNWRITABLE
   */
  async capture(
    { id, seconds, ...limits }: { id: string; seconds: number } & CaptureLimits,
    signal: AbortSignal,
  ): Promise<{ packets: number; missed: number }> {
    const store = this.#store
    if (store === undefined) throw new FirsteightError('EVIDENCE_OFF', 'this agent keeps no packets')
    if (this.#capture) {
      throw new FirsteightError('COMMAND_BUSY', 'another capture runs', { hint: 'Wait for its end.' })
    }
    const taken = new TimedCapture(this.#dependencies.ring, limits)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000)
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      signal.addEventListener('abort', end, { once: true })
      this.#capture = { taken, end }
    })
    taken.follow()
    this.#capture = undefined
    const { frames, missed } = taken
    const about = `${frames.length} packets in at most ${seconds} s, ${missed} missed`
    store.write(id, this.#pcapng(`command ${id}; ${this.#nodeName()}; ${about}`, frames))
    await store.settled()
    if (!store.has(id)) {
      throw new FirsteightError('FILE_UNWRITABLE', 'the capture could not be written', {
        hint: 'See the log of the agent.',
      })
    }
    return { packets: frames.length, missed }
  }

  /** Whether a file may still grow. */
  isOpen(id: string): boolean {
    return [...this.#watches.values()].some((watch) => watch.id === id)
  }

  async stop(): Promise<void> {
    this.follow()
    for (const watch of this.#watches.values()) this.#close(watch)
    await this.#store?.settled()
  }

  #watch(
    id: string,
    flow: firsteight.v1.Flow.$Properties,
    { lastSeen, about }: { lastSeen: number; about: string },
  ): FlowWatch | undefined {
    const { ring, settings } = this.#dependencies
    this.follow()
    const oldest = this.#watches.size >= ring.mostWatches ? this.#watches.values().next().value : undefined
    if (oldest !== undefined) {
      this.#close(oldest)
      this.#counts.endedEarly++
    }
    const mark = ring.watch(endsOf(flow))
    if (mark === 0) return undefined
    const endsAtMicroseconds = lastSeen + settings.afterSeconds * 1e6
    const watch = new FlowWatch({ id, mark, about, endsAtMicroseconds, limits: settings })
    const { frames, next } = ring.heldOf(mark)
    this.#next = next
    watch.begin(frames, lastSeen)
    this.#watches.set(mark, watch)
    return watch
  }

  #close(watch: FlowWatch): void {
    this.#watches.delete(watch.mark)
    this.#dependencies.ring.unwatch(watch.mark)
    const frames = watch.take()
    if (frames.length === 0) return
    this.#counts.packets += frames.length
    this.#store?.append(watch.id, this.#section(watch, frames, 'after the alert'))
  }

  #section(watch: FlowWatch, frames: readonly Frame[], when: string): Uint8Array {
    return this.#pcapng(`event ${watch.id}; ${this.#nodeName()}; ${watch.about}; captured ${when}`, frames)
  }

  #nodeName(): string {
    const { site, node } = this.#dependencies.node
    return `node ${site}/${node}`
  }

  #pcapng(comment: string, frames: readonly Frame[]): Uint8Array {
    const snaplen = this.#dependencies.settings.bytesPerPacket
    return pcapngSection({ comment, application: `firsteight ${VERSION}`, snaplen, frames })
  }

  #remember(community: string, evidence: firsteight.v1.Evidence.$Properties, from: number): void {
    this.#remembered.delete(community)
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size < MOST_REMEMBERED) break
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(community, { evidence, from })
  }
}

function endsOf(flow: firsteight.v1.Flow.$Properties): FlowEnds {
  return {
    transport: flow.transport === Transport.TCP ? 'tcp' : 'udp',
    clientAddress: flow.clientAddress!,
    clientPort: flow.clientPort!,
    serverAddress: flow.serverAddress!,
    serverPort: flow.serverPort!,
  }
}
