import type { StreamRecord } from '../../core/stream-record.js'
import { firsteight } from '../../generated/messages.js'
import type { ReportBody } from '../report-body.js'
import { Aggregator, type FlowAlert } from './aggregate.js'
import { anomalyFrom, type ModelFacts, messageTime } from './anomaly.js'
import { decide } from './gate.js'
import { type HeldBack, RateCap } from './rate-cap.js'

/** A tick this far behind the latest time means that the clock was set back. */
const SET_BACK_MICROSECONDS = 60_000_000

/** The configuration's `alerts` section. */
export interface AlertLimits {
  windowSeconds: number
  capPerMinute: number
  examples: number
  maximumFlows: number
  payloadBytes: number
}

/** `recordsIn = exceptedStreams + publishedStreams + suppressedStreams + openStreams`, at any time. */
export interface RouterCounters {
  /** Anomalous and short streams that came in. */
  recordsIn: number
  /** Streams that an exception let pass. */
  exceptedStreams: number
  /** Streams told of in published alerts. */
  publishedStreams: number
  /** Streams in alerts that the cap held back; told as a number only. */
  suppressedStreams: number
  /** Streams that wait for their flow's window to end. */
  openStreams: number
  publishedAlerts: number
  suppressedAlerts: number
  /** Suppressed alerts that were to escalate. */
  suppressedEscalations: number
  /** Flows with an open window. */
  openWindows: number
  /** Windows closed early because the table was full. */
  evictedWindows: number
}

/** What is not to be told of; counts what it lets pass. */
export interface Exceptions {
  allows(record: StreamRecord): boolean
}

const NO_EXCEPTIONS: Exceptions = { allows: () => false }

/**
 * From the kernel's records to the bodies of reports: exceptions, aggregation by flow and window, then the cap per
 * minute, then route and severity.
 *
 * Time is capture time: each record brings its own, and `tick` lets it pass where no records come. Both must be of one
 * clock: live, the wall clock; in a replay, the capture's. How often `tick` is called makes no difference to the alerts.
 * A record may come late, as a stream that was idle for long does: then it counts as of now. A tick more than a
 * minute behind means that the clock was set back, or that a record's time was wild: every window is closed.
 */
export class Router {
  readonly #aggregator: Aggregator
  readonly #rateCap: RateCap
  readonly #exceptions: Exceptions
  #limits: AlertLimits
  #model: ModelFacts
  #now = Number.NEGATIVE_INFINITY
  #recordsIn = 0
  #exceptedStreams = 0
  #publishedAlerts = 0
  #publishedStreams = 0
  #suppressedAlerts = 0
  #suppressedStreams = 0
  #suppressedEscalations = 0

  /** @param publish takes each report's body, at once and in order */
  constructor(
    limits: AlertLimits,
    model: ModelFacts,
    publish: (body: ReportBody) => void,
    exceptions: Exceptions = NO_EXCEPTIONS,
  ) {
    this.#limits = limits
    this.#model = model
    this.#exceptions = exceptions
    this.#rateCap = new RateCap(
      limits.capPerMinute,
      (alert) => publish({ anomaly: anomalyFrom(alert, this.#model, this.#limits.payloadBytes) }),
      (heldBack) => publish({ suppressed: suppressedFrom(heldBack, this.#limits.capPerMinute) }),
    )
    this.#aggregator = new Aggregator(
      { ...windowsOf(limits), rank: (record) => decide(record, this.#model.assurance).severity },
      (alert, due) => this.#offer(alert, due),
    )
  }

  /** Goes on with other limits; counts and, where they may, open windows stay. */
  apply(limits: AlertLimits): void {
    this.#aggregator.apply(windowsOf(limits), this.#now)
    this.#rateCap.apply(limits.capPerMinute)
    this.#limits = limits
  }

  /** Takes one anomalous or short stream. Clean ones are none of its business and are passed over uncounted. */
  route(record: StreamRecord): void {
    if (record.kind === 'clean') return
    this.#advance(record.timeMicroseconds)
    this.#recordsIn++
    if (this.#exceptions.allows(record)) {
      this.#exceptedStreams++
      return
    }
    this.#aggregator.add(record, this.#now)
  }

  /** Publishes what is due by this time. */
  tick(nowMicroseconds: number): void {
    if (nowMicroseconds < this.#now - SET_BACK_MICROSECONDS) {
      this.#aggregator.closeAll(this.#now)
      this.#now = nowMicroseconds
      this.#rateCap.restartMinute(nowMicroseconds)
    } else this.#advance(nowMicroseconds)
  }

  /** Another model scores from now on. Windows end with the model that scored their streams, so all are closed first. */
  useModel(model: ModelFacts): void {
    this.#aggregator.closeAll(this.#now)
    this.#model = model
  }

  /** Publishes all that is still open, within the cap, and what the cap held back. */
  close(): void {
    this.#aggregator.closeAll(this.#now)
    this.#rateCap.summarise()
  }

  #advance(nowMicroseconds: number): void {
    if (nowMicroseconds <= this.#now) return
    this.#now = nowMicroseconds
    this.#aggregator.closeEnded(nowMicroseconds)
    this.#rateCap.closeEnded(nowMicroseconds)
  }

  counters(): RouterCounters {
    return {
      recordsIn: this.#recordsIn,
      exceptedStreams: this.#exceptedStreams,
      publishedStreams: this.#publishedStreams,
      suppressedStreams: this.#suppressedStreams,
      openStreams: this.#aggregator.pendingStreams,
      publishedAlerts: this.#publishedAlerts,
      suppressedAlerts: this.#suppressedAlerts,
      suppressedEscalations: this.#suppressedEscalations,
      openWindows: this.#aggregator.openWindows,
      evictedWindows: this.#aggregator.evicted,
    }
  }

  #offer(alert: FlowAlert, dueMicroseconds: number): boolean {
    const escalates = decide(alert.record, this.#model.assurance).route === firsteight.v1.Route.ESCALATE
    const published = this.#rateCap.offer(alert, escalates, dueMicroseconds)
    if (published) {
      this.#publishedAlerts++
      this.#publishedStreams += alert.anomalousStreams
    } else {
      this.#suppressedAlerts++
      if (escalates) this.#suppressedEscalations++
      this.#suppressedStreams += alert.anomalousStreams
    }
    return published
  }
}

function windowsOf({ windowSeconds, examples, maximumFlows }: AlertLimits) {
  return { windowMicroseconds: windowSeconds * 1_000_000, examples, maximumFlows }
}

function suppressedFrom(heldBack: HeldBack, capPerMinute: number): firsteight.v1.Suppressed.$Properties {
  return {
    fromMicroseconds: messageTime(heldBack.fromMicroseconds),
    toMicroseconds: messageTime(heldBack.toMicroseconds),
    alerts: heldBack.alerts,
    escalations: heldBack.escalations,
    anomalousStreams: heldBack.anomalousStreams,
    capPerMinute,
    overShare: heldBack.overShare,
  }
}
