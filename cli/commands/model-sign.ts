import type { Command } from 'commander'
import { FirsteightError } from '../../core/errors.js'
import { readModelFile } from '../../core/model-file.js'
import { desiredTopic } from '../../core/model-manifest.js'
import { formatTarget } from '../../core/signature/target.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import {
  addRolloutOptions,
  addStageOptions,
  manifestOf,
  type RolloutFlags,
  signManifest,
  stageOf,
} from '../rollout-options.js'
import { addSigningOptions, writeEnvelope } from '../signing.js'

interface SignFlags extends RolloutFlags {
  stage: 'shadow' | 'canary' | 'all'
  share?: number
  rollout?: string
  json?: true
}

/** Adds `sign` to the `model` command. */
export function registerModelSign(model: Command): void {
  const command = model
    .command('sign')
    .description('Sign the manifest of one stage of a rollout, to be published from another machine.')
    .argument('<model>', 'model file')
  addStageOptions(command)
  addRolloutOptions(command)
  addSigningOptions(command, 30).option('--json', 'print the result as one JSON line').action(sign)
  addExamples(
    command,
    [
      [
        'firsteight model sign site.model --target all --sign-with ops.key --envelope-out shadow.manifest',
        'everybody runs it in shadow',
      ],
      [
        'firsteight model sign site.model --target all --stage canary --share 0.1 --sign-with ops.key --envelope-out canary.manifest',
        'a tenth of the agents runs it',
      ],
    ],
    ['INPUT', 'MODEL', 'TRUST'],
  )
}

async function sign(path: string, flags: SignFlags): Promise<void> {
  if (flags.envelopeOut === undefined) {
    throw new FirsteightError('USAGE', '--envelope-out is needed: the signed manifest goes there', {
      hint: 'To sign and publish at once use `firsteight model rollout`.',
    })
  }
  const file = await readModelFile(path)
  const stage = stageOf(flags.stage)
  if (flags.share !== undefined && stage === 'full') {
    throw new FirsteightError('USAGE', '--share does not go with --stage all', {
      hint: 'Say --stage canary, or leave the share out.',
    })
  }
  if (flags.share === undefined && stage === 'canary') {
    throw new FirsteightError('USAGE', '--share is needed with --stage canary', {
      hint: 'Say which share of the agents takes the model, such as --share 0.1.',
    })
  }
  const manifest = manifestOf(file, flags, { name: stage, share: flags.share ?? 1, rolloutId: flags.rollout })
  await writeEnvelope(flags.envelopeOut, await signManifest(manifest, flags.target, flags))
  createOutput(flags).summary(
    {
      file: flags.envelopeOut,
      modelId: file.id,
      rolloutId: manifest.rolloutId,
      stage: flags.stage,
      target: formatTarget(flags.target),
      topic: desiredTopic(flags.target),
    },
    `${flags.envelopeOut}: ${flags.stage} of model ${file.id} for ${formatTarget(flags.target)}\n` +
      `next stages continue it with --rollout ${manifest.rolloutId}\n` +
      `publish it: firsteight model publish ${flags.envelopeOut} ${path}`,
  )
}
