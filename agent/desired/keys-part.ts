import { FirsteightError, messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { encodeReportedKeys, REPORTED_MESSAGE } from '../../core/reported-config.js'
import { roleNumber } from '../../core/signature/payload-types.js'
import { EVERY_NODE } from '../../core/signature/target.js'
import type { TrustStore } from '../../core/signature/trust-store.js'
import { nodePath, targetPath } from '../../core/topics.js'
import { headerOf, type Speaker } from '../header.js'
import type { Mailbox } from '../link/mailbox.js'
import type { AgentPart } from '../part.js'
import { shortened } from './report.js'
import { Reporter } from './reporter.js'
import type { Serial } from './serial.js'

/** How often a chain that was refused is tried again: a clock may have been set, a disk mended. */
const RETRY_MILLISECONDS = 60_000

export interface KeysPartDependencies {
  trust: TrustStore
  /** Called when other keys are trusted, after they are on disk. */
  changed(): Promise<void>
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

/** Follows the fleet's chain of keys: topics keys/desired and keys/reported. */
export class KeysPart implements AgentPart {
  readonly refusals = new Map<string, number>()
  readonly #dependencies: KeysPartDependencies
  readonly #reporter: Reporter
  #timer: NodeJS.Timeout | undefined
  #refused: { chain: Uint8Array; code: string; message: string } | undefined
  #reports = 0

  constructor(dependencies: KeysPartDependencies) {
    this.#dependencies = dependencies
    this.#reporter = new Reporter(() => this.#report(), dependencies.reportPauseMilliseconds)
  }

  start(): void {
    const { mailbox } = this.#dependencies
    this.#reporter.request()
    mailbox.subscribe(targetPath(EVERY_NODE, 'keys/desired'), ({ payload }) => this.#received(payload))
    this.#timer = setInterval(() => this.#refused && this.#received(this.#refused.chain), RETRY_MILLISECONDS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#dependencies.serial.done()
    this.#reporter.stop()
  }

  #received(chain: Uint8Array): void {
    // The retained message was deleted: the keys stay.
    if (chain.length > 0) this.#dependencies.serial.run(() => this.#follow(chain))
  }

  async #follow(chain: Uint8Array): Promise<void> {
    const { trust, changed, now, log } = this.#dependencies
    try {
      const isNew = await trust.follow(chain, now())
      if (!isNew && this.#refused === undefined) return
      this.#refused = undefined
      if (isNew) {
        const names = [...trust.keys.byId.values()].map(({ name }) => name)
        log.info({ revision: trust.keys.revision, names }, 'other keys are trusted')
        await changed()
      }
    } catch (thrown) {
      this.#refuse(chain, thrown)
    }
    this.#reporter.request()
  }

  #refuse(chain: Uint8Array, thrown: unknown): void {
    const code = thrown instanceof FirsteightError ? thrown.code : 'INTERNAL'
    const message = messageOf(thrown)
    const before = this.#refused
    const isNews = code !== before?.code || Buffer.compare(chain, before.chain) !== 0
    this.#refused = { chain, code, message }
    if (!isNews) return
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
    this.#dependencies.log.warn({ code }, `a change of keys is refused: ${message}`)
  }

  #report(): void {
    const { trust, mailbox, speaker } = this.#dependencies
    this.#reports++
    mailbox.announce({
      topic: nodePath(speaker, 'keys/reported'),
      payload: encodeReportedKeys({
        header: headerOf(speaker, this.#reports),
        revision: trust.keys.revision,
        keys: [...trust.keys.byId.values()].map(({ key, name, roles }) => ({
          publicKey: key.bytes,
          name,
          roles: roles.map(roleNumber),
        })),
        refusedCode: this.#refused?.code ?? '',
        refusedMessage: shortened(this.#refused?.message ?? '', REPORTED_MESSAGE),
      }),
      retain: true,
      schema: 'firsteight.v1.ReportedKeys',
    })
  }
}
