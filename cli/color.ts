const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

export type Color = keyof typeof CODES

/** Puts text in a colour, or leaves it as it is. */
export type Paint = (color: Color, text: string) => string

/** @param enabled see `wantsColor` */
export function createPaint(enabled: boolean): Paint {
  return (color, text) => (enabled ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text)
}

/** Colour belongs on a terminal only, and not where NO_COLOR is set (https://no-color.org). */
export function wantsColor(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR
}
