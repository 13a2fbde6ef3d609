import type { Command } from 'commander'
import { contextName } from '../../core/contexts.js'
import type { ModelFile } from '../../core/model-file.js'
import { writeFileWhole } from '../../core/write-file.js'
import { readTrainingInput } from '../../lab/train/read-sources.js'
import { DEFAULT_BOTTLENECK, DEFAULT_EPOCHS, DEFAULT_HIDDEN, train } from '../../lab/train/train.js'
import { addExamples } from '../help.js'
import { wholeNumber } from '../number-options.js'
import { createOutput, type Output } from '../output.js'
import { createProgress } from '../train-progress.js'

interface TrainFlags {
  out: string
  name: string
  modelVersion: number
  seed: number
  hidden: number
  bottleneck: number
  epochs: number
  json?: true
}

/** Adds `train`. */
export function registerTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a model on clean DNS traffic: captures (pcap, pcapng, plain or gzip) or census files')
    .argument('<file...>', 'captures and census files; all of it is taken for clean')
    .requiredOption('--out <model>', 'where the model file goes')
    .option('--name <name>', 'name in the model file', 'trained')
    .option(
      '--model-version <n>',
      'version in the model file, rising for one name',
      wholeNumber(1, 2 ** 53 - 1),
      1,
    )
    .option('--seed <n>', 'equal input, options and seed give equal bytes', wholeNumber(0, 2 ** 53 - 1), 1)
    .option('--hidden <n>', 'units of the outer hidden layers', wholeNumber(1, 32), DEFAULT_HIDDEN)
    .option('--bottleneck <n>', 'units of the middle layer', wholeNumber(1, 16), DEFAULT_BOTTLENECK)
    .option('--epochs <n>', 'most passes over the data', wholeNumber(1, 100_000), DEFAULT_EPOCHS)
    .option('--json', 'print results as JSON lines')
    .action(runTrain)
  addExamples(
    command,
    [
      ['firsteight train clean.pcap --out site.model', 'learn from a capture of your own'],
      [
        'firsteight train lab/census/clean.census.tsv clean.pcap --out site.model',
        "... and from the default model's data",
      ],
    ],
    ['INPUT', 'MODEL'],
  )
}

async function runTrain(files: string[], flags: TrainFlags): Promise<void> {
  const output = createOutput({ json: flags.json })
  const progress = createProgress(process.stderr)
  const input = await readTrainingInput(files, { onProgress: (file) => progress.note(`reading ${file}`) })
  const model = await train(input, {
    name: flags.name,
    version: flags.modelVersion,
    seed: flags.seed,
    hidden: flags.hidden,
    bottleneck: flags.bottleneck,
    epochs: flags.epochs,
    onProgress: (step) => progress.step(step),
  })
  progress.end()
  await writeFileWhole(flags.out, model.bytes)
  report(model, flags.out, output)
}

function report(file: ModelFile, path: string, output: Output): void {
  for (const entry of file.model.contexts) {
    const context = contextName(entry.context)!
    const { trainingStreams, trainingPatterns, highestTrainingLoss, highestHeldOutLoss, threshold } = entry
    output.line(
      { context, trainingStreams, trainingPatterns, highestTrainingLoss, highestHeldOutLoss, threshold },
      `${context.padEnd(12)}  ${trainingStreams} streams, ${trainingPatterns} patterns; threshold ${threshold!.toFixed(6)}`,
    )
  }
  output.summary({ model: path, id: file.id, bytes: file.bytes.length }, `wrote ${path}\nmodel id ${file.id}`)
}
