import type { Command } from 'commander'
import { FirsteightError } from '../../core/errors.js'
import { readModelFile } from '../../core/model-file.js'
import { readCensusFile } from '../../lab/calibrate/read-census-file.js'
import { readTrainingInput } from '../../lab/train/read-sources.js'
import { differences, retrain } from '../../lab/train/retrain.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import { createProgress } from '../train-progress.js'

/** Adds `verify` to the `model` command. */
export function registerModelVerify(model: Command): void {
  const command = model
    .command('verify')
    .description('train a model again from its data with its own settings, and compare the bytes')
    .argument('<model>', 'model file')
    .argument('<file...>', 'the captures and census files that it was trained on, in that order')
    .option('--attack <census>', 'what it was calibrated with, if it was')
    .option('--json', 'print the result as one JSON line')
    .action(runVerify)
  addExamples(
    command,
    [
      [
        'firsteight model verify models/default.model lab/census/clean.census.tsv --attack lab/census/attack.census.tsv',
        'the default model; about two minutes',
      ],
    ],
    ['INPUT', 'MODEL', 'CHECK_FAILED'],
  )
}

async function runVerify(
  path: string,
  files: string[],
  flags: { attack?: string; json?: true },
): Promise<void> {
  const output = createOutput({ json: flags.json })
  const progress = createProgress(process.stderr)
  const file = await readModelFile(path)
  const started = performance.now()
  const input = await readTrainingInput(files, { onProgress: (name) => progress.note(`reading ${name}`) })
  const attack = flags.attack === undefined ? undefined : await readCensusFile(flags.attack, file)
  const again = await retrain(file, input, attack, { onProgress: (step) => progress.step(step) })
  progress.end()
  const seconds = Math.round((performance.now() - started) / 1000)
  const differing = differences(file, again)
  if (differing.length > 0) {
    throw new FirsteightError(
      'MODEL_NOT_REPRODUCED',
      `${path}: training it again gave other bytes: ${differing.join(', ')}`,
      {
        hint: 'Verify with the version of firsteight that trained it, or train and evaluate a new model.',
        details: { file: path, id: file.id, retrainedId: again.id, differing, seconds },
      },
    )
  }
  output.summary(
    { model: path, id: file.id, reproduced: true, seconds },
    `${path}: trained again in ${seconds} s, ${file.bytes.length} equal bytes\nmodel id ${file.id}`,
  )
}
