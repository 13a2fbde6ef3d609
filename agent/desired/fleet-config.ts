import { FirsteightError } from '../../core/errors.js'
import type { AlertException } from '../../core/exceptions.js'
import { formatTarget } from '../../core/signature/target.js'
import type { TrustedKeys } from '../../core/signature/trusted-keys.js'
import { revisionAfter } from '../../core/signature/verify.js'
import type { NodeName } from '../../core/topics.js'
import type { Config } from '../config.js'
import { disabledDetection, withFleetSettings } from '../fleet-settings.js'
import { type Accepted, accept } from './accept.js'
import { LEVELS, type Level, levelTarget } from './levels.js'
import { type Refusal, refusalOf } from './refusals.js'
import type { DesiredStore } from './store.js'

export interface FleetConfigDependencies {
  store: DesiredStore
  /** The keys that are trusted at the time. */
  trust: { readonly keys: TrustedKeys }
  /** The machine's own settings. */
  local: Config
}

/** What the fleet wants of this agent: the last good message of each level, on disk before it counts. */
export class FleetConfig {
  readonly #dependencies: FleetConfigDependencies
  readonly #receiver: NodeName
  readonly #levels = new Map<Level, Accepted>()
  readonly #refusals = new Map<Level, Refusal>()
  readonly #counts = new Map<string, number>()

  /**
   * Reads what was accepted before. A message that is no longer good is passed over and reported; one that has expired
   * since is good, because it was accepted in time.
   * @throws FirsteightError FILE_UNREADABLE
   */
  static async open(dependencies: FleetConfigDependencies, now: number): Promise<FleetConfig> {
    const config = new FleetConfig(dependencies)
    const stored: Accepted[] = []
    for (const level of LEVELS) {
      const envelope = await dependencies.store.read(level)
      if (envelope === undefined) continue
      const accepted = config.#attempt(level, envelope, now, () => config.#acceptStored(envelope, now))
      if (accepted) stored.push(accepted)
    }
    const isMeant = stored.some(({ desired }) => desired.mayDisableDetection)
    for (const accepted of stored) {
      config.#attempt(accepted.level, accepted.envelope, now, () => {
        if (!isMeant) config.#checkDetection(accepted)
        config.#levels.set(accepted.level, accepted)
      })
    }
    return config
  }

  private constructor(dependencies: FleetConfigDependencies) {
    this.#dependencies = dependencies
    this.#receiver = { site: dependencies.local.site, node: dependencies.local.node }
  }

  /** The machine's own settings, with those of the fleet over them. */
  get wanted(): Config {
    return withFleetSettings(
      this.#dependencies.local,
      this.levels.map(({ desired }) => desired.settings),
    )
  }

  /** The machine's own settings have changed; site and node have not. */
  useLocal(local: Config): void {
    this.#dependencies.local = local
  }

  /** With who wants each, such as `all`. */
  get exceptions(): { exception: AlertException; origin: string }[] {
    return exceptionsOf(this.levels)
  }

  /** Those in force, each over the one before. */
  get levels(): Accepted[] {
    return LEVELS.flatMap((level) => this.#levels.get(level) ?? [])
  }

  /** The last one of each level since the last good message. */
  get refusals(): Refusal[] {
    return LEVELS.flatMap((level) => this.#refusals.get(level) ?? [])
  }

  /** Since the start, by error code. */
  get refusalCounts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /**
   * Takes a message; one at a time.
   * @param level of the topic it came on, for the report; whom it is for, it says itself
   * @param envelope hostile
   */
  async take(level: Level, envelope: Uint8Array, now: number): Promise<'accepted' | 'known' | Refusal> {
    if (this.levels.some((known) => Buffer.compare(known.envelope, envelope) === 0)) return 'known'
    try {
      await this.#take(envelope, now)
      return 'accepted'
    } catch (error) {
      return this.#refuse(level, error, envelope, now)
    }
  }

  /**
   * After a change of keys: drops what a key signed that is trusted no more.
   * @returns whether anything was dropped
   */
  dropUntrusted(now: number): boolean {
    const before = this.#levels.size
    for (const { level, envelope } of this.levels) {
      const still = this.#attempt(level, envelope, now, () => this.#acceptStored(envelope, now))
      if (!still) this.#levels.delete(level)
    }
    return this.#levels.size < before
  }

  /**
   * Tries again what was refused for a reason that may have passed.
   * @returns whether anything was accepted
   */
  async retry(now: number): Promise<boolean> {
    let changed = false
    for (const [level, { envelope, error }] of [...this.#refusals]) {
      if (envelope === undefined) continue
      try {
        await this.#take(envelope, now)
        changed = true
      } catch (again) {
        // For the same reason, it is the same refusal.
        if ((again as Partial<FirsteightError>).code !== error.code) this.#refuse(level, again, envelope, now)
      }
    }
    return changed
  }

  async #take(envelope: Uint8Array, now: number): Promise<void> {
    const accepted = this.#acceptNew(envelope, now)
    await this.#dependencies.store.write(accepted.level, envelope)
    this.#levels.set(accepted.level, accepted)
    this.#refusals.delete(accepted.level)
  }

  #acceptStored(envelope: Uint8Array, now: number): Accepted {
    const { keys } = this.#dependencies.trust
    return accept(envelope, { keys, receiver: this.#receiver, now, evenExpired: true })
  }

  #acceptNew(envelope: Uint8Array, now: number): Accepted {
    const { keys } = this.#dependencies.trust
    const accepted = accept(envelope, {
      keys,
      receiver: this.#receiver,
      now,
      lowestRevision: (target) => {
        const wanted = formatTarget(target)
        return revisionAfter(
          this.levels.find((level) => formatTarget(level.target) === wanted),
          keys,
        )
      },
    })
    const others = this.levels.filter(({ level }) => level !== accepted.level)
    const isMeant = [accepted, ...others].some(({ desired }) => desired.mayDisableDetection)
    if (!isMeant) this.#checkDetection(accepted)
    return accepted
  }

  /** @throws FirsteightError CONFIG_DISABLES_DETECTION when nothing would be left to detect with this one in force */
  #checkDetection(accepted: Accepted): void {
    const { local } = this.#dependencies
    const levels = LEVELS.flatMap((level) =>
      level === accepted.level ? accepted : (this.#levels.get(level) ?? []),
    )
    const wanted = withFleetSettings(
      local,
      levels.map(({ desired }) => desired.settings),
    )
    const exceptions = exceptionsOf(levels).map(({ exception }) => exception)
    const reason = disabledDetection(local, wanted, exceptions)
    if (reason === undefined) return
    throw new FirsteightError(
      'CONFIG_DISABLES_DETECTION',
      `settings for ${formatTarget(accepted.target)}, revision ${accepted.revision}: nothing would be left to detect: ${reason}`,
      { hint: 'Change it, or sign it with --may-disable-detection if that is what you want.' },
    )
  }

  #attempt<T>(level: Level, envelope: Uint8Array, now: number, take: () => T): T | undefined {
    try {
      return take()
    } catch (error) {
      this.#refuse(level, error, envelope, now)
      return undefined
    }
  }

  #refuse(level: Level, thrown: unknown, envelope: Uint8Array, now: number): Refusal {
    const refusal = refusalOf(thrown, envelope, levelTarget(level, this.#receiver), now)
    this.#refusals.set(level, refusal)
    const { code } = refusal.error
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
    return refusal
  }
}

function exceptionsOf(levels: readonly Accepted[]): { exception: AlertException; origin: string }[] {
  return levels.flatMap(({ desired, target }) =>
    desired.exceptions.map((exception) => ({ exception, origin: formatTarget(target) })),
  )
}
