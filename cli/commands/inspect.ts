import type { Command } from 'commander'
import { contextName } from '../../core/contexts.js'
import { type ModelFile, readModelFile } from '../../core/model-file.js'
import type { firsteight } from '../../generated/messages.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'

/** Adds `inspect`. */
export function registerInspect(program: Command): void {
  const command = program
    .command('inspect')
    .description('show what a model file holds: networks, thresholds, what it learnt from')
    .argument('<model>', 'model file')
    .option('--json', 'print as one JSON line')
    .action(async (path: string, flags: { json?: true }) => {
      const file = await readModelFile(path)
      createOutput({ json: flags.json }).summary(modelCard(file), cardText(path, file))
    })
  addExamples(command, [['firsteight inspect models/default.model', 'show the default model']], ['MODEL'])
}

type Context = firsteight.v1.ContextModel

function contextsOf(file: ModelFile): Context[] {
  return file.model.contexts as Context[]
}

/** `64-32-8-32-64`. */
function shapeOf(context: Context): string {
  return [context.layers[0]!.inputs, ...context.layers.map((layer) => layer.outputs)].join('-')
}

function modelCard(file: ModelFile): Record<string, unknown> {
  const { name, version, schemaVersion, provenance } = file.model
  return {
    id: file.id,
    name,
    version,
    schemaVersion,
    bytes: file.bytes.length,
    calibrated: false,
    contexts: contextsOf(file).map((context) => ({
      context: contextName(context.context),
      shape: shapeOf(context),
      inputMask: Buffer.from(context.inputMask).toString('hex'),
      threshold: context.threshold,
      thresholdMethod: context.thresholdMethod,
      trainingStreams: context.trainingStreams,
      trainingPatterns: context.trainingPatterns,
      heldOutStreams: context.heldOutStreams,
      heldOutPatterns: context.heldOutPatterns,
      highestTrainingLoss: context.highestTrainingLoss,
      highestHeldOutLoss: context.highestHeldOutLoss,
    })),
    provenance: {
      toolVersion: provenance?.toolVersion ?? '',
      seed: provenance?.seed ?? 0,
      sources: (provenance?.sources ?? []).map(({ name, sha256, role }) => ({ name, sha256, role })),
      settings: Object.fromEntries((provenance?.settings ?? []).map(({ name, value }) => [name, value])),
      parentModelId: provenance?.parentModelId || null,
    },
  }
}

function cardText(path: string, file: ModelFile): string {
  const { name, version, provenance } = file.model
  const lines = [
    `${path}`,
    `  id          ${file.id}`,
    `  name        ${name}, version ${version}`,
    '  confidence  uncalibrated: alerts carry no probability',
  ]
  for (const context of contextsOf(file)) {
    lines.push(
      '',
      `${contextName(context.context)}`,
      `  network     ${shapeOf(context)}, square nonlinearity, 16-bit`,
      `  reads       mask ${Buffer.from(context.inputMask).toString('hex')}`,
      `  threshold   ${context.threshold.toFixed(6)}: ${context.thresholdMethod}`,
      `  learnt from ${context.trainingStreams} streams, ${context.trainingPatterns} patterns; highest loss ${context.highestTrainingLoss.toFixed(6)}`,
      `  held out    ${context.heldOutStreams} streams, ${context.heldOutPatterns} patterns; highest loss ${context.highestHeldOutLoss.toFixed(6)}`,
    )
  }
  if (provenance) {
    lines.push('', `made by firsteight ${provenance.toolVersion}, seed ${provenance.seed}`)
    for (const source of provenance.sources ?? [])
      lines.push(`  ${source.role}  ${source.name}  ${source.sha256}`)
    const settings = (provenance.settings ?? []).map((setting) => `${setting.name} ${setting.value}`)
    if (settings.length > 0) lines.push(`  settings  ${settings.join(', ')}`)
  }
  return lines.join('\n')
}
