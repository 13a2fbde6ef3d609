import { readFileSync } from 'node:fs'
import t from 'tap'
import { loadConfig } from '../../../agent/config.js'
import {
  fieldReference,
  REFERENCE_END,
  REFERENCE_START,
  sampleFile,
} from '../../support/configuration-documents.js'

const SAMPLE = 'docs/firsteight.sample.yaml'

t.test('the sample loads and equals the defaults', async (t) => {
  const load = (file?: string) =>
    loadConfig({ ...(file !== undefined && { file }), environment: {}, flags: [], hostName: 'edge-1' })
  t.same(load(SAMPLE), load())
})

t.test('the sample and docs/configuration.md are what `npm run docs` writes', async (t) => {
  t.equal(readFileSync(SAMPLE, 'utf8'), sampleFile())
  const [, reference] = readFileSync('docs/configuration.md', 'utf8').split(REFERENCE_START)
  t.equal(reference?.split(REFERENCE_END)[0], `\n\n${fieldReference()}\n`)
})
