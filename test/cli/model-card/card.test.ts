import { readFileSync } from 'node:fs'
import t from 'tap'
import { modelCard } from '../../../cli/model-card/card.js'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { encodeModelFile, readModelFile } from '../../../core/model-file.js'
import { firsteight } from '../../support/command-line.js'
import { randomModel } from '../../support/random-model.js'

t.test('docs/models/default.md is the card of the default model', async (t) => {
  const card = await modelCard(await readModelFile(DEFAULT_MODEL_PATH))
  const committed = readFileSync('docs/models/default.md', 'utf8')
  t.ok(card === committed, 'current; else run `npm run docs` and look at what changed')
  const printed = await firsteight(['inspect', DEFAULT_MODEL_PATH])
  t.ok(printed.stdout === card, 'inspect prints it')
  t.match(card, /^\| knot +\| [1-9]\d+/m, 'the programs of the census are listed')
})

t.test('the card holds every part', async (t) => {
  const card = await modelCard(encodeModelFile(randomModel({ seed: 1 })))
  t.same(
    [...card.matchAll(/^## (.*)$/gm)].map(([, title]) => title),
    [
      'Identity',
      'Data',
      'Figures',
      'Method',
      'Intended use',
      'Limits',
      'Validating an alert',
      'Inventory entry',
      'Controls that it supports',
    ],
  )
  for (const verdict of ['true positive', 'benign positive', 'false positive', 'undetermined']) {
    t.match(card, new RegExp(`^\\| ${verdict} +\\|`, 'm'))
  }
  t.match(card, 'The model names no data.')
})
