import { readFileSync, writeFileSync } from 'node:fs'
import { modelCard } from '../../cli/model-card/card.js'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { readModelFile } from '../../core/model-file.js'
import { fieldReference, REFERENCE_END, REFERENCE_START, sampleFile } from './configuration-documents.js'
import { METRICS_END, METRICS_START, metricTable, withBetween } from './metric-document.js'

/** `npm run docs`: writes what the documentation takes from the configuration's schema and from the default model. */
const reference = readFileSync('docs/configuration.md', 'utf8')
const [before] = reference.split(REFERENCE_START)
const [, after] = reference.split(REFERENCE_END)
writeFileSync(
  'docs/configuration.md',
  `${before}${REFERENCE_START}\n\n${fieldReference()}\n${REFERENCE_END}${after}`,
)
writeFileSync('docs/firsteight.sample.yaml', sampleFile())

writeFileSync('docs/models/default.md', await modelCard(await readModelFile(DEFAULT_MODEL_PATH)))

const metrics = readFileSync('docs/metrics.md', 'utf8')
writeFileSync('docs/metrics.md', withBetween(metrics, METRICS_START, METRICS_END, metricTable()))
