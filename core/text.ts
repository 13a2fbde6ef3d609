/** Control, format (such as bidirectional overrides), surrogate, line and paragraph separator characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** True when text can be printed on a terminal or written to a log line as it is. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text)
}
