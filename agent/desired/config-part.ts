import { RepeatGate } from '../../core/broker/repeat-gate.js'
import type { Log } from '../../core/log.js'
import { formatTarget } from '../../core/signature/target.js'
import { nodePath, targetPath } from '../../core/topics.js'
import type { Config } from '../config.js'
import { inForceWithoutRestart } from '../fleet-settings.js'
import { headerOf, type Speaker } from '../header.js'
import type { Mailbox } from '../link/mailbox.js'
import type { AgentPart } from '../part.js'
import type { ExceptionList } from './exception-list.js'
import type { FleetConfig } from './fleet-config.js'
import { LEVELS, type Level, levelTarget } from './levels.js'
import type { Refusal } from './refusals.js'
import { reportedConfig } from './report.js'
import { Reporter } from './reporter.js'
import type { Serial } from './serial.js'

/** How often what was refused is tried again: a clock may have been set, a message become valid. */
const RETRY_MILLISECONDS = 60_000
/** How often the counts of exceptions are looked at; they are reported when they changed. */
const COUNT_MILLISECONDS = 5000

export interface ConfigPartDependencies {
  fleet: FleetConfig
  /** The settings that this process started with. */
  started: Config
  exceptions: ExceptionList
  /** Puts settings into force that need no restart; the others are as at the start. */
  apply(config: Config): void
  mailbox: Mailbox
  speaker: Speaker
  /** Shared with all that changes keys or settings. */
  serial: Serial
  /** Microseconds since 1970. */
  now(): number
  log: Log
  /** Least time from one report to the next; default 1 s. */
  reportPauseMilliseconds?: number
}

/** Obeys settings from the fleet and says what became of them: topics config/desired and config/reported. */
export class ConfigPart implements AgentPart {
  readonly #dependencies: ConfigPartDependencies
  readonly #reporter: Reporter
  readonly #gate = new RepeatGate()
  #timers: NodeJS.Timeout[] = []
  #inForce: ReturnType<typeof inForceWithoutRestart>
  #reports = 0
  #reportedCounts = ''

  constructor(dependencies: ConfigPartDependencies) {
    this.#dependencies = dependencies
    this.#reporter = new Reporter(() => this.#report(), dependencies.reportPauseMilliseconds)
    this.#inForce = { config: dependencies.started, waiting: new Map() }
  }

  /** Messages refused since the start, by error code. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#dependencies.fleet.refusalCounts
  }

  start(): void {
    const { fleet, mailbox, speaker, serial } = this.#dependencies
    for (const refusal of fleet.refusals) this.#warn(refusal)
    this.#apply()
    for (const level of LEVELS) {
      mailbox.subscribe(targetPath(levelTarget(level, speaker), 'config/desired'), ({ payload }) =>
        this.#received(level, payload),
      )
    }
    this.#timers = [
      setInterval(() => serial.run(() => this.#retry()), RETRY_MILLISECONDS),
      setInterval(
        () => this.#countsNow() !== this.#reportedCounts && this.#reporter.request(),
        COUNT_MILLISECONDS,
      ),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#dependencies.serial.done()
    this.#reporter.stop()
    if (this.#countsNow() !== this.#reportedCounts) this.#report()
  }

  /** Other keys are trusted: what another key signed counts no more, and what was refused for its key may count now. */
  async keysChanged(): Promise<void> {
    const { fleet, now } = this.#dependencies
    fleet.dropUntrusted(now())
    await fleet.retry(now())
    for (const refusal of fleet.refusals) this.#warn(refusal)
    this.#apply()
  }

  #received(level: Level, envelope: Uint8Array): void {
    // The retained message was deleted: that takes nothing back, only a signed message does.
    if (envelope.length === 0) return
    const isTaken = this.#dependencies.serial.run(() => this.#take(level, envelope))
    if (!isTaken) this.#dependencies.log.debug({}, 'settings from the fleet: too many messages at once')
  }

  async #take(level: Level, envelope: Uint8Array): Promise<void> {
    const { fleet, now, log } = this.#dependencies
    const outcome = await fleet.take(level, envelope, now())
    if (outcome === 'known') return
    if (outcome !== 'accepted') {
      this.#warn(outcome)
      this.#reporter.request()
      return
    }
    const levels = fleet.levels.map(({ target, revision }) => `${formatTarget(target)} ${revision}`)
    log.info({ levels }, 'settings from the fleet have changed')
    this.#apply()
  }

  async #retry(): Promise<void> {
    const { fleet, now } = this.#dependencies
    if (await fleet.retry(now())) this.#apply()
  }

  #apply(): void {
    const { fleet, started, exceptions, apply } = this.#dependencies
    this.#inForce = inForceWithoutRestart(started, fleet.wanted)
    apply(this.#inForce.config)
    exceptions.replace(fleet.exceptions)
    this.#reporter.request()
  }

  #report(): void {
    const { fleet, mailbox, speaker, exceptions } = this.#dependencies
    this.#reports++
    this.#reportedCounts = this.#countsNow()
    mailbox.announce({
      topic: nodePath(speaker, 'config/reported'),
      payload: reportedConfig(headerOf(speaker, this.#reports), fleet, {
        ...this.#inForce,
        exceptions: exceptions.inForce(),
      }),
      retain: true,
      schema: 'firsteight.v1.ReportedConfig',
    })
  }

  /** Which exceptions are in force, and their counts. */
  #countsNow(): string {
    return this.#dependencies.exceptions
      .inForce()
      .map(({ origin, exception, streams }) => `${origin} ${exception.id} ${streams}`)
      .join('\n')
  }

  #warn({ error }: Refusal): void {
    const { code, message } = error
    if (!this.#gate.allows(code, performance.now())) return
    this.#dependencies.log.warn({ code }, `settings from the fleet are refused: ${message}`)
  }
}
