/** Numbers that were skipped, or that came after all; both ends included. */
export interface SequenceNews {
  kind: 'missing' | 'arrived'
  from: number
  to: number
}

interface Heard {
  /** The highest number known to have been given. */
  highest: number
  /** Not arrived, ascending. */
  missing: { from: number; to: number }[]
}

/** Senders remembered; the one not heard for longest is forgotten first, and begins anew. */
const MOST_SENDERS = 10_000
/** Ranges remembered of a sender; beyond it the oldest are given up. */
const MOST_RANGES = 256

/** Finds the gaps in what senders number from 1 on: a sender is one start of an agent (its boot id). */
export class SequenceGaps {
  readonly #senders = new Map<string, Heard>()

  /** A message with this number has come. The first of a sender is where watching begins. */
  heard(sender: string, number: number): SequenceNews[] {
    const known = this.#recall(sender)
    if (known === undefined) {
      this.#remember(sender, { highest: number, missing: [] })
      return []
    }
    if (number > known.highest) {
      const news = this.#skip(known, number - 1)
      known.highest = number
      return news
    }
    return fill(known, number)
  }

  /** The sender says that it has given the numbers up to this one, and that all of them are out. */
  told(sender: string, number: number): SequenceNews[] {
    const known = this.#recall(sender)
    if (known === undefined) {
      this.#remember(sender, { highest: number, missing: [] })
      return []
    }
    return this.#skip(known, number)
  }

  /** Everything up to `to` that was not heard is missing. */
  #skip(known: Heard, to: number): SequenceNews[] {
    if (to <= known.highest) return []
    const range = { from: known.highest + 1, to }
    known.missing.push(range)
    if (known.missing.length > MOST_RANGES) known.missing.shift()
    known.highest = to
    return [{ kind: 'missing', ...range }]
  }

  #recall(sender: string): Heard | undefined {
    const known = this.#senders.get(sender)
    if (known === undefined) return undefined
    this.#senders.delete(sender)
    this.#senders.set(sender, known)
    return known
  }

  #remember(sender: string, heard: Heard): void {
    this.#senders.set(sender, heard)
    if (this.#senders.size <= MOST_SENDERS) return
    const [oldest] = this.#senders.keys()
    this.#senders.delete(oldest!)
  }
}

/** A number from before has come: late, or once more. */
function fill(known: Heard, number: number): SequenceNews[] {
  const at = known.missing.findIndex(({ from, to }) => from <= number && number <= to)
  if (at < 0) return []
  const { from, to } = known.missing[at]!
  const rest = [
    { from, to: number - 1 },
    { from: number + 1, to },
  ].filter((range) => range.from <= range.to)
  known.missing.splice(at, 1, ...rest)
  return [{ kind: 'arrived', from: number, to: number }]
}
