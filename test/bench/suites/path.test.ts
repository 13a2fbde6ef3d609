import t from 'tap'
import { pathSuite } from '../../../bench/suites/path.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'

t.test('all alternatives give equal results and are measured', async (t) => {
  const properties = randomModel({ seed: 1 })
  // No loss reaches 63: nothing is reported, so that the kernel is measured and not the reports.
  for (const context of properties.contexts!) context.threshold = 63
  const model = encodeModelFile(properties)
  const { comparisons } = await pathSuite.run({ model, quick: true, progress() {} })
  t.ok(comparisons.length > 0)
  for (const { name, figures } of comparisons) {
    t.ok(figures.length >= 2, name)
    t.equal(figures[0]!.ratio, 1)
    for (const figure of figures) t.ok(figure.perSecond > 0 && figure.ratio > 0, figure.name)
  }
})
