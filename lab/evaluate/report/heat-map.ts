import { maskBit } from '../../../core/model-rules.js'
import type { Example } from '../charts.js'
import { COLORS, text } from './chart.js'

const CELL = 12
const BYTE_GAP = 6
const LEFT = 110
const ROWS = { bytes: 16, input: 24, output: 40, weight: 56 }
const WIDTH = LEFT + 64 * CELL + 7 * BYTE_GAP + 10
const HEIGHT = 76

/**
 * One pattern bit by bit, most significant first: the input, the sign of the reconstruction (framed where it differs
 * and the bit has weight), and the bit's weight in the loss.
 */
export function heatMap({ bytes, reconstructed, weights }: Example): string {
  const cells: string[] = []
  for (let bit = 0; bit < 64; bit++) {
    const x = LEFT + bit * CELL + (bit >> 3) * BYTE_GAP
    const weight = weights[bit]!
    const [input, output] = [maskBit(bytes, bit), maskBit(reconstructed, bit)]
    const wrong = input !== output && weight > 0
    const faded = weight > 0 ? 1 : 0.3
    cells.push(
      cell(x, ROWS.input, input ? COLORS.ink : '#ffffff', faded),
      cell(x, ROWS.output, output ? COLORS.ink : '#ffffff', faded, wrong ? COLORS.attack : undefined),
      cell(x, ROWS.weight, COLORS.clean, 0.06 + 0.94 * weight),
    )
    if (bit % 8 === 0) {
      const hex = bytes[bit >> 3]!.toString(16).padStart(2, '0')
      cells.push(text(x + 4 * CELL, ROWS.bytes, hex, 'middle', 'class="code"'))
    }
  }
  const names = [
    ['input', ROWS.input],
    ['reconstruction', ROWS.output],
    ['weight in the loss', ROWS.weight],
  ] as const
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="bits of ${Buffer.from(bytes).toString('hex')}">`,
    ...names.map(([name, y]) => text(LEFT - 8, y + 10, name, 'end')),
    ...cells,
    '</svg>',
  ].join('\n')
}

function cell(x: number, y: number, fill: string, opacity: number, frame?: string): string {
  const stroke = frame
    ? `stroke="${frame}" stroke-width="2.5"`
    : `stroke="${COLORS.faint}" stroke-width="0.5"`
  return `<rect x="${x}" y="${y}" width="${CELL - 1}" height="${CELL}" fill="${fill}" fill-opacity="${opacity.toFixed(2)}" ${stroke}/>`
}
