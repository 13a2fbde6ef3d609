import { execFile } from 'node:child_process'
import type { Log } from '../../core/log.js'

export interface NotifierDependencies {
  /** What the service manager has set: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID (sd_notify(3), sd_watchdog_enabled(3)). */
  environment: Readonly<Record<string, string | undefined>>
  log: Log
}

const PROGRAM = 'systemd-notify'
const PROGRAM_MILLISECONDS = 10_000
/** More often would only cost: each sign of life is a small program's run. */
const SHORTEST_MILLISECONDS = 500

/**
 * Tells systemd that the agent captures, that it lives, and that it ends. Node.js has no datagram sockets of the Unix
 * kind, so the program systemd-notify tells it. Without NOTIFY_SOCKET it does nothing.
 */
export class ServiceNotifier {
  readonly #log: Log
  readonly #notifies: boolean
  readonly #watchdogMilliseconds: number | undefined
  #timer: NodeJS.Timeout | undefined
  #complained = false

  constructor({ environment, log }: NotifierDependencies) {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment
    this.#log = log
    this.#notifies = Boolean(NOTIFY_SOCKET)
    const ours = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid
    const microseconds = Number(WATCHDOG_USEC)
    if (ours && microseconds > 0) this.#watchdogMilliseconds = microseconds / 1000
  }

  /** The agent captures. From now on signs of life come twice as often as systemd wants them, from the event loop. */
  async ready(status: string): Promise<void> {
    if (!this.#notifies) return
    await this.#tell(['--ready', `--status=${status}`])
    if (this.#watchdogMilliseconds === undefined) return
    const every = Math.max(SHORTEST_MILLISECONDS, this.#watchdogMilliseconds / 2)
    this.#timer = setInterval(() => void this.#tell(['WATCHDOG=1']), every)
    this.#timer.unref()
  }

  /** The agent ends in an orderly way; signs of life end. */
  async stopping(): Promise<void> {
    clearInterval(this.#timer)
    if (this.#notifies) await this.#tell(['STOPPING=1'])
  }

  #tell(words: string[]): Promise<void> {
    return new Promise((resolve) => {
      execFile(PROGRAM, words, { timeout: PROGRAM_MILLISECONDS }, (error) => {
        if (error && !this.#complained) {
          this.#complained = true
          this.#log.warn(
            {},
            `${PROGRAM} ${words.join(' ')}: ${error.message.trim()}; systemd may end this agent`,
          )
        }
        resolve()
      })
    })
  }
}
