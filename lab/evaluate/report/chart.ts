import { escapeHtml } from './html.js'

/** Colours that differ in lightness and for every kind of colour vision: blue for clean, orange for attack. */
export const COLORS = {
  clean: '#2563a8',
  attack: '#d1590b',
  ink: '#1f2933',
  faint: '#d5dbe1',
  threshold: '#111111',
} as const

/** One axis of a chart. */
export interface Axis {
  label: string
  /** Where a value lies, 0 to 1. */
  at(value: number): number
  /** Values and what stands beside them. */
  ticks: (readonly [value: number, text: string])[]
}

/** Places in the drawing area, pixels. */
export interface Plot {
  x(value: number): number
  y(value: number): number
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

const MARGIN = { top: 34, right: 18, bottom: 48, left: 62 }

/**
 * A chart with its frame, axes and title as one SVG element.
 * @param draw the content, as SVG
 */
export function chart(
  options: { title: string; width: number; height: number; x: Axis; y: Axis },
  draw: (plot: Plot) => string,
): string {
  const { title, width, height, x, y } = options
  const plot: Plot = {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
    x: (value) => round(MARGIN.left + x.at(value) * (width - MARGIN.left - MARGIN.right)),
    y: (value) => round(height - MARGIN.bottom - y.at(value) * (height - MARGIN.top - MARGIN.bottom)),
  }
  const { left, right, top, bottom } = plot
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}">`,
    text(left, 18, title, 'start', 'class="title"'),
    ...x.ticks.flatMap(([value, label]) => [
      line(plot.x(value), top, plot.x(value), bottom, `stroke="${COLORS.faint}"`),
      text(plot.x(value), bottom + 16, label, 'middle'),
    ]),
    ...y.ticks.flatMap(([value, label]) => [
      line(left, plot.y(value), right, plot.y(value), `stroke="${COLORS.faint}"`),
      text(left - 6, plot.y(value) + 4, label, 'end'),
    ]),
    text((left + right) / 2, height - 10, x.label, 'middle'),
    `<g transform="rotate(-90 14 ${(top + bottom) / 2})">${text(14, (top + bottom) / 2, y.label, 'middle')}</g>`,
    draw(plot),
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="${COLORS.ink}"/>`,
    '</svg>',
  ].join('\n')
}

export function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end',
  more = '',
): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" ${more}>${escapeHtml(content)}</text>`
}

export function line(x1: number, y1: number, x2: number, y2: number, more: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${more}/>`
}

/** From `from` to `to`, linear; what lies outside is drawn at the end. */
export function linearAxis(label: string, from: number, to: number, steps: number, digits: number): Axis {
  const step = (to - from) / steps
  return {
    label,
    at: (value) => Math.min(1, Math.max(0, (value - from) / (to - from))),
    ticks: Array.from({ length: steps + 1 }, (_, index) => {
      const value = from + index * step
      return [value, value.toFixed(digits)] as const
    }),
  }
}

/** Whole decades of powers of ten, `10^from` to `10^to`; what lies outside is drawn at the end. */
export function logAxis(label: string, from: number, to: number): Axis {
  const every = Math.ceil((to - from) / 8)
  const ticks: Axis['ticks'] = []
  for (let power = from; power <= to; power += every) ticks.push([10 ** power, powerText(power)])
  return {
    label,
    at: (value) => Math.min(1, Math.max(0, (Math.log10(value) - from) / (to - from))),
    ticks,
  }
}

function powerText(power: number): string {
  return power < -3 || power > 3 ? `1e${power}` : String(Number((10 ** power).toPrecision(1)))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
