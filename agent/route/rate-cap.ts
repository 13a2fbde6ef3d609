import type { FlowAlert } from './aggregate.js'
import { FairShare } from './fair-share.js'

const MINUTE_MICROSECONDS = 60_000_000

/** What the cap held back. */
export interface HeldBack {
  /** First and last capture time of the streams held back. */
  fromMicroseconds: number
  toMicroseconds: number
  alerts: number
  /** Alerts among them that were to escalate. */
  escalations: number
  anomalousStreams: number
  /** Alerts among them for which the cap had room, but their host, network or server had its share. */
  overShare: number
}

/** What alerts of one route have used up in this minute. */
interface Used {
  published: number
  share: FairShare
}

/**
 * At most so many alerts of each route a minute; the rest is counted exactly and told in one summary when the minute
 * ends. Escalations have a cap of their own, so that no flood of alerts for review can push them out, and no host,
 * network or server can use up a cap alone (fair-share.ts).
 * Minutes begin with their first alert, so up to twice the cap may fall into 60 seconds across a boundary.
 */
export class RateCap {
  #capPerMinute: number
  readonly #publish: (alert: FlowAlert) => void
  readonly #summarise: (heldBack: HeldBack) => void
  #minuteEndsAt: number | undefined
  readonly #used: Record<'escalation' | 'review', Used> = {
    escalation: { published: 0, share: new FairShare() },
    review: { published: 0, share: new FairShare() },
  }
  #heldBack: HeldBack | undefined

  constructor(
    capPerMinute: number,
    publish: (alert: FlowAlert) => void,
    summarise: (heldBack: HeldBack) => void,
  ) {
    this.#capPerMinute = capPerMinute
    this.#publish = publish
    this.#summarise = summarise
  }

  /** From now on, the rest of this minute included. What was held back is told first, under the cap that held it. */
  apply(capPerMinute: number): void {
    if (capPerMinute === this.#capPerMinute) return
    this.summarise()
    this.#capPerMinute = capPerMinute
  }

  /** @returns false when the alert was held back */
  offer(alert: FlowAlert, escalates: boolean, nowMicroseconds: number): boolean {
    this.closeEnded(nowMicroseconds)
    this.#minuteEndsAt ??= nowMicroseconds + MINUTE_MICROSECONDS
    const used = this.#used[escalates ? 'escalation' : 'review']
    const left = this.#capPerMinute - used.published
    if (left > 0 && used.share.allows(alert.record, left)) {
      used.published++
      used.share.take(alert.record)
      this.#publish(alert)
      return true
    }
    this.#holdBack(alert, escalates, left > 0)
    return false
  }

  /** Ends the minute when it is over. */
  closeEnded(nowMicroseconds: number): void {
    if (this.#minuteEndsAt === undefined || nowMicroseconds < this.#minuteEndsAt) return
    this.#minuteEndsAt = undefined
    for (const used of Object.values(this.#used)) {
      used.published = 0
      used.share.clear()
    }
    this.summarise()
  }

  /** The clock was set back: the minute starts again, with what it has already used up. */
  restartMinute(nowMicroseconds: number): void {
    if (this.#minuteEndsAt !== undefined) this.#minuteEndsAt = nowMicroseconds + MINUTE_MICROSECONDS
  }

  /** Tells now what was held back since the last summary, if anything. */
  summarise(): void {
    const heldBack = this.#heldBack
    this.#heldBack = undefined
    if (heldBack !== undefined) this.#summarise(heldBack)
  }

  #holdBack(alert: FlowAlert, escalates: boolean, overShare: boolean): void {
    const { firstSeenMicroseconds, lastSeenMicroseconds, anomalousStreams } = alert
    this.#heldBack ??= {
      fromMicroseconds: firstSeenMicroseconds,
      toMicroseconds: lastSeenMicroseconds,
      alerts: 0,
      escalations: 0,
      anomalousStreams: 0,
      overShare: 0,
    }
    const sum = this.#heldBack
    sum.fromMicroseconds = Math.min(sum.fromMicroseconds, firstSeenMicroseconds)
    sum.toMicroseconds = Math.max(sum.toMicroseconds, lastSeenMicroseconds)
    sum.alerts++
    if (escalates) sum.escalations++
    if (overShare) sum.overShare++
    sum.anomalousStreams += anomalousStreams
  }
}
