import { InvalidArgumentError } from 'commander'

/** Parsers of options that are numbers, for commander. */

/** A number above 0 and up to a million. */
export function positive(text: string): number {
  const value = numberOf(text)
  if (!(value > 0 && value <= 1e6))
    throw new InvalidArgumentError('Expected a number above 0, at most 1000000.')
  return value
}

/** A number from 0 to 1. */
export function share(text: string): number {
  const value = numberOf(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('Expected a number from 0 to 1.')
  return value
}

/** Decimal digits alone, within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^[0-9]+$/.test(text) || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
    }
    return value
  }
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}
