import type { EventEmitter } from 'node:events'

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const

/**
 * Turns SIGINT, SIGTERM and a closed stdout into an orderly end.
 * Nothing is caught until a command asks for the signal: commands that cannot end in an orderly way
 * are ended by the system as usual.
 */
export class Stop {
  readonly #controller = new AbortController()
  readonly #process: EventEmitter
  readonly #exit: (code: number) => void
  #asked = false
  #exitCode = 0

  constructor(process: EventEmitter, exit: (code: number) => void) {
    this.#process = process
    this.#exit = exit
  }

  /** Aborts at the first SIGINT or SIGTERM; whoever asks for it must end soon after. A second one ends at once. */
  signal(): AbortSignal {
    if (!this.#asked) {
      this.#asked = true
      for (const name of ['SIGINT', 'SIGTERM'] as const) {
        this.#process.on(name, () => this.#stop(128 + SIGNAL_NUMBERS[name]))
      }
    }
    return this.#controller.signal
  }

  /** Nobody reads our results any more (`| head`): end quietly. */
  outputClosed(): void {
    if (!this.#asked) this.#exit(0)
    else this.#controller.abort()
  }

  /** The exit code of a command that gave up because of us, throwing the signal's reason; undefined for other errors. */
  exitCodeOf(error: unknown): number | undefined {
    const { aborted, reason } = this.#controller.signal
    return aborted && error === reason ? this.#exitCode : undefined
  }

  #stop(code: number): void {
    if (this.#controller.signal.aborted) this.#exit(code)
    else {
      this.#exitCode = code
      this.#controller.abort()
    }
  }
}
