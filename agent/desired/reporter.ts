/** Reports follow one another no faster than this, so that a flood of messages does not become a flood of answers. */
const PAUSE_MILLISECONDS = 1000

/** Sends a report when there is something new to tell: at once, or when the pause after the last one is over. */
export class Reporter {
  readonly #send: () => void
  readonly #pauseMilliseconds: number
  #pause: NodeJS.Timeout | undefined
  #isDue = false

  constructor(send: () => void, pauseMilliseconds = PAUSE_MILLISECONDS) {
    this.#send = send
    this.#pauseMilliseconds = pauseMilliseconds
  }

  request(): void {
    if (this.#pause !== undefined) {
      this.#isDue = true
      return
    }
    this.#send()
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      if (!this.#isDue) return
      this.#isDue = false
      this.request()
    }, this.#pauseMilliseconds)
    this.#pause.unref()
  }

  /** Sends what is still due. */
  stop(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    if (this.#isDue) this.#send()
    this.#isDue = false
  }
}
