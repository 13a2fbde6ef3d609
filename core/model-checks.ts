import { isPrintable } from './text.js'

/** Checks of single fields in a model file, shared by the rules of its parts. */

/** Throws; takes a path into the message and what was expected there. */
export type Complain = (path: string, expected: string) => never

/** Longest name, method, setting or role, UTF-16 code units. */
const TEXT_LIMIT = 512

/** No loss reaches this: 64 bits, each at most 8191 squared of 2^26. */
export const LOSS_LIMIT = 64

/** Text is printed on terminals and in logs as it stands. */
export function checkText(text: string, path: string, complain: Complain): void {
  if (text.length > TEXT_LIMIT || !isPrintable(text))
    complain(path, `at most ${TEXT_LIMIT} printable characters`)
}

export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

export function checkCount(value: number, path: string, complain: Complain): void {
  if (!isCount(value)) complain(path, `a whole number up to ${Number.MAX_SAFE_INTEGER}`)
}

export function isLoss(value: number): boolean {
  return value >= 0 && value < LOSS_LIMIT
}

export function checkLoss(value: number, path: string, complain: Complain): void {
  if (!isLoss(value)) complain(path, `from 0 to less than ${LOSS_LIMIT}`)
}
