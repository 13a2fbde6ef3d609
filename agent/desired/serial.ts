/** Most jobs that wait; messages that bring more are turned away. */
const MAXIMUM_WAITING = 32

/** Runs jobs one after the other, in the order they came. */
export class Serial {
  #waiting = 0
  #last: Promise<void> = Promise.resolve()

  /**
   * @param job must not reject
   * @returns false when too many wait already
   */
  run(job: () => Promise<void>): boolean {
    if (this.#waiting >= MAXIMUM_WAITING) return false
    this.#waiting++
    this.#last = this.#last.then(job).finally(() => this.#waiting--)
    return true
  }

  /** Resolves when all that was asked for is done. */
  done(): Promise<void> {
    return this.#last
  }
}
