import type { LossHistogram } from '../charts.js'
import { COLORS, chart, line, logAxis, type Plot, text } from './chart.js'

/** How the losses of both classes spread, both axes logarithmic, with the threshold between. */
export function histogramChart({ context, threshold, clean, attack }: LossHistogram): string {
  const bins = [...clean.keys(), ...attack.keys()]
  const from = Math.floor(Math.min(...bins) / 10)
  const to = Math.ceil((Math.max(...bins) + 1) / 10)
  const most = Math.max(1, ...clean.values(), ...attack.values())
  const x = logAxis('loss', Math.min(from, Math.floor(Math.log10(threshold))), to)
  // A count of 1 has to be seen, so the axis begins below it.
  const axis = logAxis('streams', 0, Math.ceil(Math.log10(most + 1)))
  const y = { ...axis, at: (value: number) => 0.04 + 0.96 * axis.at(value) }
  return chart({ title: context, width: 480, height: 300, x, y }, (plot) =>
    [
      bars(plot, clean, COLORS.clean),
      bars(plot, attack, COLORS.attack),
      line(
        plot.x(threshold),
        plot.top,
        plot.x(threshold),
        plot.bottom,
        `stroke="${COLORS.threshold}" stroke-width="1.5" stroke-dasharray="5 3"`,
      ),
      text(plot.x(threshold), plot.top - 4, 'threshold', 'middle'),
    ].join('\n'),
  )
}

function bars(plot: Plot, histogram: ReadonlyMap<number, number>, color: string): string {
  return [...histogram]
    .map(([bin, count]) => {
      const left = plot.x(10 ** (bin / 10))
      const width = Math.max(2, plot.x(10 ** ((bin + 1) / 10)) - left)
      const top = plot.y(count)
      return `<rect x="${left}" y="${top}" width="${width.toFixed(2)}" height="${(plot.bottom - top).toFixed(2)}" fill="${color}" fill-opacity="0.65"/>`
    })
    .join('\n')
}
