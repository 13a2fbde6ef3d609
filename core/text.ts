/** Control, format (such as bidirectional overrides), surrogate, line and paragraph separator characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** True when text can be printed on a terminal or written to a log line as it is. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text)
}

/** Text with every character that `isPrintable` forbids written as `\\u{...}`. */
export function escapeUnprintable(text: string): string {
  return text.replace(
    new RegExp(UNPRINTABLE, 'gu'),
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}
