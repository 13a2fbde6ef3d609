import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { EXIT } from '../../../core/errors.js'
import { formatCensus } from '../../../lab/census/census.js'
import { firsteight } from '../../support/command-line.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const folder = t.testdir({ 'small.tsv': formatCensus(madeUpCensus({ streams: 150 })) })
const at = (...names: string[]) => join(folder, ...names)
const CONTEXTS = ['udp-query', 'udp-response', 'tcp-query', 'tcp-response']
const FILES = CONTEXTS.map((context) => at('exported', `${context}.onnx`))

t.test('export writes a file a context, import gives the model back', async (t) => {
  const exported = await firsteight(['model', 'export', '--onnx', '--out', at('exported')])
  t.equal(exported.exitCode, 0, exported.stderr)
  for (const file of FILES) t.match(exported.stdout, `wrote ${file}\n`)
  const imported = await firsteight(['model', 'import', ...FILES, '--out', at('again.model')])
  t.equal(imported.exitCode, 0, imported.stderr)
  t.match(imported.stdout, 'the model that was exported, unchanged')
  t.ok(readFileSync(at('again.model')).equals(readFileSync(DEFAULT_MODEL_PATH)))
})

t.test('import says what it changed, and refuses by name', async (t) => {
  const three = await firsteight(['model', 'import', ...FILES.slice(1), '--out', at('three.model'), '--json'])
  const { summary } = JSON.parse(three.stdout)
  t.match(summary, { contexts: 3, rounded: 0 })
  t.not(summary.id, summary.exportedId)

  writeFileSync(at('text.onnx'), 'no ONNX at all')
  const cases: [string[], string, number, RegExp][] = [
    [[at('text.onnx')], 'ONNX_INVALID', EXIT.MODEL, /text\.onnx: /],
    [[at('none.onnx')], 'FILE_UNREADABLE', EXIT.INPUT, /none\.onnx/],
    [[FILES[0]!, FILES[0]!], 'ONNX_INVALID', EXIT.MODEL, /each context in one file/],
  ]
  for (const [files, code, exitCode, words] of cases) {
    const run = await firsteight(['model', 'import', ...files, '--out', at('never.model')])
    t.equal(run.exitCode, exitCode)
    t.match(run.stderr, `error [${code}]: `)
    t.match(run.stderr, words)
  }
  t.throws(() => readFileSync(at('never.model')), { code: 'ENOENT' }, 'nothing was written')
})

t.test('verify trains again and compares', async (t) => {
  const settings = ['--hidden', '8', '--bottleneck', '4', '--epochs', '2', '--name', 'small']
  const trained = await firsteight(['train', at('small.tsv'), '--out', at('small.model'), ...settings])
  t.equal(trained.exitCode, 0, trained.stderr)
  const same = await firsteight(['model', 'verify', at('small.model'), at('small.tsv')])
  t.equal(same.exitCode, 0, same.stderr)
  t.match(same.stdout, /trained again in \d+ s, \d+ equal bytes/)
  t.match(same.stderr, /tcp-response, all: epoch 2 of 2/, 'shows how far it is')

  writeFileSync(at('other.tsv'), formatCensus(madeUpCensus({ streams: 151 })))
  const other = await firsteight(['model', 'verify', at('small.model'), at('other.tsv')])
  t.equal(other.exitCode, EXIT.INPUT)
  t.match(other.stderr, 'error [TRAINING_DATA]: other.tsv: SHA-256 ')

  // A model whose words were changed by hand.
  const bytes = readFileSync(at('small.model'))
  const method = bytes.indexOf('the larger of')
  bytes.write('The', method)
  writeFileSync(at('forged.model'), bytes)
  const forged = await firsteight(['model', 'verify', at('forged.model'), at('small.tsv')])
  t.equal(forged.exitCode, EXIT.CHECK_FAILED)
  t.match(forged.stderr, /error \[MODEL_NOT_REPRODUCED\]: .*other bytes: udp-query: thresholdMethod/)
})
