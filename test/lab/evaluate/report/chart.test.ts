import t from 'tap'
import { chart, linearAxis, logAxis } from '../../../../lab/evaluate/report/chart.js'
import { heatMap } from '../../../../lab/evaluate/report/heat-map.js'
import { histogramChart } from '../../../../lab/evaluate/report/histogram-chart.js'
import { htmlFaults } from '../../../support/html.js'

const page = (svg: string) => `<!DOCTYPE html>\n<html lang="en">${svg}</html>`

t.test('axes', async (t) => {
  const linear = linearAxis('x', 0.5, 1, 5, 1)
  t.equal(linear.at(0.75), 0.5)
  t.equal(linear.at(0), 0, 'what lies outside is drawn at the end')
  t.same(
    linear.ticks.map(([, label]) => label),
    ['0.5', '0.6', '0.7', '0.8', '0.9', '1.0'],
  )
  const log = logAxis('y', -5, 1)
  t.equal(log.at(0.01), 0.5)
  t.equal(log.at(0), 0)
  t.same(
    log.ticks.map(([, label]) => label),
    ['1e-5', '1e-4', '0.001', '0.01', '0.1', '1', '10'],
  )
})

t.test('content lies where the axes say, y upwards', async (t) => {
  const options = {
    title: 'a < b',
    width: 300,
    height: 200,
    x: linearAxis('x', 0, 1, 2, 1),
    y: linearAxis('y', 0, 1, 2, 1),
  }
  const svg = chart(options, (plot) => {
    t.equal(plot.x(0), plot.left)
    t.equal(plot.x(1), plot.right)
    t.equal(plot.y(0), plot.bottom)
    t.equal(plot.y(1), plot.top)
    return '<circle r="1"/>'
  })
  t.match(svg, 'a &lt; b')
  t.same(htmlFaults(page(svg)), [])
})

t.test('a histogram has a bar a bin and the threshold', async (t) => {
  const svg = histogramChart({
    context: 'udp-query',
    threshold: 0.05,
    clean: new Map([[-40, 1000]]),
    attack: new Map([
      [-10, 3],
      [-9, 1],
    ]),
  })
  t.equal([...svg.matchAll(/fill-opacity="0.65"/g)].length, 3)
  t.match(svg, 'threshold')
  const heights = [...svg.matchAll(/height="([0-9.]+)" fill="#d1590b"/g)].map(([, height]) => Number(height))
  t.ok(heights[0]! > heights[1]! && heights[1]! > 0, 'a single stream is seen')
  t.notMatch(svg, /NaN|Infinity/)
})

t.test('a heat map frames the bits that differ and have weight', async (t) => {
  const weights = new Array<number>(64).fill(1).fill(0, 0, 16)
  const svg = heatMap({
    title: '',
    context: 'udp-query',
    bytes: Uint8Array.of(255, 0, 1, 0, 0, 0, 0, 0),
    reconstructed: Uint8Array.of(0, 0, 0, 0x80, 0, 0, 0, 0),
    weights,
    loss: 1,
    flagged: true,
  })
  t.equal([...svg.matchAll(/stroke-width="2.5"/g)].length, 2, 'the first byte has no weight')
  t.equal([...svg.matchAll(/<rect/g)].length, 3 * 64)
  t.same(htmlFaults(page(svg)), [])
})
