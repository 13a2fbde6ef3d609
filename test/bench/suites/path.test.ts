import t from 'tap'
import { measurePath } from '../../../bench/suites/path.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'
import { findProgram, requires } from '../../support/requires.js'

t.test('all programs read the same capture and are measured', requires({ programs: ['bash'] }), async (t) => {
  const properties = randomModel({ seed: 1 })
  // No loss reaches 63: nothing is reported, so that the kernel is measured and not the reports.
  for (const context of properties.contexts!) context.threshold = 63
  const { comparisons, ratios, figures, absent } = await measurePath(
    { model: encodeModelFile(properties), quick: true, progress() {} },
    {
      packets: 2000,
      rounds: 1,
      packetGrowth: [1000, 2000],
      flowGrowth: [100, 1000],
      flowGrowthPackets: 2000,
    },
  )
  t.same(
    comparisons.map(({ name }) => name),
    ['walk', 'programs', 'depth'],
  )
  for (const { name, figures } of comparisons) {
    t.ok(figures.length >= 2, name)
    t.equal(figures[0]!.ratio, 1)
    for (const figure of figures) t.ok(figure.perSecond > 0 && figure.ratio > 0, figure.name)
  }
  const expected = [
    ...(findProgram('tcpdump') ? ['path_vs_tcpdump_memo', 'path_vs_tcpdump'] : []),
    ...(findProgram('ndpiReader') ? ['path_vs_ndpi_memo', 'path_vs_ndpi'] : []),
  ]
  t.same(Object.keys(ratios!), expected, 'a ratio for each rival that is there')
  t.equal(absent!.length, ['tcpdump', 'ndpiReader', 'tshark'].filter((name) => !findProgram(name)).length)
  for (const name of ['path_start_milliseconds', 'cost_growth_packets', 'cost_growth_flows']) {
    t.ok(figures![name]! > 0, name)
  }
})
