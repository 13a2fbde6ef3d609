import type { CurvePoint } from '../curves.js'
import { type Axis, COLORS, chart, linearAxis, logAxis, type Plot, text } from './chart.js'

/** Where a detector without a scale stands. */
export interface Mark {
  name: string
  x: number
  y: number
}

const SIZE = { width: 480, height: 340 }

/** ROC: the share of clean streams on a logarithmic scale with room for none at the left. */
export function rocChart(title: string, points: readonly CurvePoint[], marks: readonly Mark[]): string {
  const x = withZero(logAxis('clean streams flagged, share', -6, 0))
  return curveChart(title, x, 'attack streams flagged, share', points, marks, 'right')
}

/** Precision-recall. */
export function precisionChart(title: string, points: readonly CurvePoint[], marks: readonly Mark[]): string {
  const x = fromBelow('attack streams flagged, share', Math.min(1, ...marks.map((mark) => mark.x)))
  return curveChart(title, x, 'of those flagged, share of attacks', points, marks, 'left')
}

function curveChart(
  title: string,
  x: Axis,
  yLabel: string,
  points: readonly CurvePoint[],
  marks: readonly Mark[],
  legendAt: 'left' | 'right',
): string {
  const most = Math.max(...points.map((point) => point.x))
  // All streams flagged is no sensible cut; it would only flatten the rest.
  const sensible = points.filter((point) => point.x < most).map((point) => point.band[0])
  const lowest = Math.min(...sensible, ...marks.map((mark) => mark.y))
  const y = fromBelow(yLabel, lowest)
  return chart({ title, ...SIZE, x, y }, (plot) =>
    [
      band(plot, points),
      curve(plot, points),
      ...marks.map((_, index) => markAt(plot, marks, index)),
      legend(marks, legendAt === 'left' ? plot.left + 16 : plot.right - 170, plot.bottom),
    ].join('\n'),
  )
}

/** An axis up to 1 that begins at a round number not above `lowest`, so that curves near 1 can be told apart. */
function fromBelow(label: string, lowest: number): Axis {
  const [from, steps, digits] =
    lowest > 0.995
      ? ([0.995, 5, 3] as const)
      : lowest > 0.95
        ? ([0.95, 5, 2] as const)
        : lowest > 0.75
          ? ([0.75, 5, 2] as const)
          : ([0, 5, 1] as const)
  return linearAxis(label, from, 1, steps, digits)
}

/** The logarithmic axis moved to the right to make room for 0. */
function withZero(axis: Axis): Axis {
  const room = 0.08
  return {
    label: axis.label,
    at: (value) => (value === 0 ? 0 : room + axis.at(value) * (1 - room)),
    ticks: [[0, '0'], ...axis.ticks],
  }
}

function band(plot: Plot, points: readonly CurvePoint[]): string {
  const upper = points.map((point) => `${plot.x(point.x)},${plot.y(point.band[1])}`)
  const lower = [...points].reverse().map((point) => `${plot.x(point.x)},${plot.y(point.band[0])}`)
  return `<polygon points="${[...upper, ...lower].join(' ')}" fill="${COLORS.clean}" fill-opacity="0.2"/>`
}

function curve(plot: Plot, points: readonly CurvePoint[]): string {
  const path = points.map((point) => `${plot.x(point.x)},${plot.y(point.y)}`).join(' ')
  return `<polyline points="${path}" fill="none" stroke="${COLORS.clean}" stroke-width="2"/>`
}

/** Marks are numbered, because their names would lie over each other. */
function markAt(plot: Plot, marks: readonly Mark[], index: number): string {
  const place = (mark: Mark) => [plot.x(mark.x), plot.y(mark.y)] as const
  const [x, y] = place(marks[index]!)
  const crowd = marks.slice(0, index).filter((mark) => {
    const [otherX, otherY] = place(mark)
    return Math.abs(otherX - x) < 24 && Math.abs(otherY - y) < 12
  }).length
  const atRight = x > plot.right - 60
  const beside = x + (atRight ? -1 : 1) * (6 + 11 * crowd)
  const number = text(beside, y + 15, String(index + 1), atRight ? 'end' : 'start', NUMBER)
  return `<circle cx="${x}" cy="${y}" r="3.5" fill="${COLORS.attack}"/>\n${number}`
}

const NUMBER = `fill="${COLORS.attack}" font-weight="bold"`

function legend(marks: readonly Mark[], left: number, bottom: number): string {
  return marks
    .map((mark, index) => {
      const y = bottom - 12 - 18 * (marks.length - 1 - index)
      return `${text(left, y, String(index + 1), 'start', NUMBER)}\n${text(left + 14, y, mark.name, 'start')}`
    })
    .join('\n')
}
