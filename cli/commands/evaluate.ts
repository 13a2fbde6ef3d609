import type { Command } from 'commander'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { readModelFile } from '../../core/model-file.js'
import { writeFileWhole } from '../../core/write-file.js'
import { type Evaluation, evaluate } from '../../lab/evaluate/evaluate.js'
import type { Figures } from '../../lab/evaluate/figures.js'
import { DETECTOR_NAMES } from '../../lab/evaluate/judge.js'
import { reportPage } from '../../lab/evaluate/report/page.js'
import { evaluationText } from '../evaluate-text.js'
import { addExamples } from '../help.js'
import { createOutput, type Output } from '../output.js'
import { createProgress } from '../train-progress.js'
import type { CommandContext } from './command.js'

interface EvaluateFlags {
  model: string
  clean: string[]
  attack: string[]
  other?: string[]
  excludeCapture?: string[]
  json?: true
  html?: string
}

/** Adds `evaluate`. */
export function registerEvaluate(program: Command, context: CommandContext): void {
  const command = program
    .command('evaluate')
    .description('measure a model on labelled streams, beside two hand-written rules and nDPI')
    .option('--model <file>', 'model file', DEFAULT_MODEL_PATH)
    .requiredOption('--clean <file...>', 'DNS: captures, census files or eight-byte tables')
    .requiredOption('--attack <file...>', 'what is not DNS: the same kinds of files')
    .option('--other <file...>', 'neither: judged and shown by label, counted in no figure')
    .option(
      '--exclude-capture <prefix...>',
      'show a second view without captures whose names begin so (default: a group that has over half of a class)',
    )
    .option('--html <file>', 'write one self-contained page with tables, plots and lists')
    .option('--json', 'one JSON object a line, a last {"summary": ...}')
    .action((flags: EvaluateFlags) => run(flags, context.stopSignal()))
  addExamples(
    command,
    [
      [
        'firsteight evaluate --clean lab/captures/demo.pcap --attack lab/captures/demo.pcap',
        'the default model on the recorded office',
      ],
      [
        'firsteight evaluate --model site.model --clean clean.pcap --attack other.pcap',
        'a model of your own',
      ],
    ],
    ['INPUT', 'MODEL'],
  )
}

async function run(flags: EvaluateFlags, signal: AbortSignal): Promise<void> {
  const output = createOutput({ json: flags.json })
  const progress = createProgress(process.stderr)
  const evaluation = await evaluate(await readModelFile(flags.model), {
    clean: flags.clean,
    attack: flags.attack,
    other: flags.other ?? [],
    excludeCaptures: flags.excludeCapture ?? [],
    onProgress: (what) => progress.note(what),
    signal,
  })
  if (flags.html !== undefined) await writeFileWhole(flags.html, reportPage(evaluation))
  progress.end()
  if (output.json) details(evaluation, output)
  output.summary(summary(evaluation), evaluationText(evaluation))
}

/** Everything but the summary, one object a line. */
function details(evaluation: Evaluation, output: Output): void {
  for (const input of evaluation.inputs) output.line({ input: { ...input } }, '')
  for (const view of evaluation.views) {
    const excluded = view.excluded ?? null
    for (const detector of DETECTOR_NAMES) {
      const result = view.detectors[detector]
      if (result === undefined) continue
      output.line({ figures: { excluded, detector, ...result.figures } }, '')
      if (view.excluded !== undefined) continue
      for (const entry of result.falseAlarms) output.line({ falseAlarm: { detector, ...entry } }, '')
      for (const entry of result.misses) output.line({ miss: { detector, ...entry } }, '')
    }
    output.line({ curves: { excluded, overall: view.curves.overall, contexts: view.curves.contexts } }, '')
  }
  for (const other of evaluation.others) output.line({ other: { ...other } }, '')
}

/** Each detector's figures over all streams that it can judge, and by context. */
function summary({ views, model, ndpi }: Evaluation): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const name of DETECTOR_NAMES) {
    const figures = views[0]!.detectors[name]?.figures
    if (figures === undefined) continue
    const contexts = CONTEXT_NAMES.flatMap((context) => {
      const own = figures.contexts[context]
      return own ? [[context, own]] : []
    })
    result[name] = { ...countsOf(figures), contexts: Object.fromEntries(contexts) }
  }
  return { ...result, modelId: model.id, ndpiVersion: ndpi.version ?? null }
}

function countsOf(figures: Figures): Figures {
  const { cleanStreams, falseAlarms, falseEscalations, attackStreams, missed, missedSameAsClean, escalated } =
    figures
  return { cleanStreams, falseAlarms, falseEscalations, attackStreams, missed, missedSameAsClean, escalated }
}
