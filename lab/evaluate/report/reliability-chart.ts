import type { Reliability } from '../charts.js'
import { number } from '../format.js'
import { COLORS, chart, line, linearAxis, text } from './chart.js'

/** Stated confidence against what was true; a calibrated model's points lie on the diagonal. */
export function reliabilityChart({ points, brierScore }: Reliability): string {
  const title = `Reliability, Brier score ${brierScore.toFixed(4)}`
  const x = linearAxis('stated confidence', 0, 1, 5, 1)
  const y = linearAxis('share of attacks', 0, 1, 5, 1)
  return chart({ title, width: 480, height: 340, x, y }, (plot) =>
    [
      line(
        plot.x(0),
        plot.y(0),
        plot.x(1),
        plot.y(1),
        `stroke="${COLORS.ink}" stroke-width="1" stroke-dasharray="4 4"`,
      ),
      ...points.map(({ confidence, attackShare, streams }) => {
        const right = confidence > 0.5
        const [atX, atY] = [plot.x(confidence), plot.y(attackShare)]
        return [
          `<circle cx="${atX}" cy="${atY}" r="5" fill="${COLORS.clean}"/>`,
          text(
            atX + (right ? -9 : 9),
            atY + (attackShare > 0.5 ? 14 : -6),
            number(streams),
            right ? 'end' : 'start',
          ),
        ].join('\n')
      }),
    ].join('\n'),
  )
}
