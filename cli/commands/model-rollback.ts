import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { Conversation } from '../../core/broker/conversation.js'
import { resolveBroker } from '../../core/broker/options.js'
import { FirsteightError } from '../../core/errors.js'
import { type ModelFile, readModelFile } from '../../core/model-file.js'
import {
  cutModel,
  DEFAULT_BOUNDS,
  decodeManifest,
  desiredTopic,
  type ModelManifest,
} from '../../core/model-manifest.js'
import { decodeStatement, openEnvelope } from '../../core/signature/envelope.js'
import { formatTarget, type Target } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags, brokerSettings } from '../broker-options.js'
import { addExamples } from '../help.js'
import { publishChunks, publishManifest } from '../model-fleet.js'
import { createOutput } from '../output.js'
import { addTargetOption, signManifest } from '../rollout-options.js'
import { addSigningOptions, type SigningFlags, writeEnvelope } from '../signing.js'

interface RollbackFlags extends BrokerFlags, SigningFlags {
  target: Target
  to?: string
  leave?: string
  json?: true
}

/** Adds `rollback` to the `model` command. */
export function registerModelRollback(model: Command): void {
  const command = model
    .command('rollback')
    .description('Order agents back: to the model before, or to one that is given, whatever its version.')
  addTargetOption(command)
    .option('--leave <id>', 'agents that run this model go back (default: the model last published)', modelId)
    .option('--to <model>', 'instead: all agents of the target take this model file')
  addSigningOptions(command, 30)
  addBrokerOptions(command).option('--json', 'print the result as one JSON line').action(rollback)
  addExamples(
    command,
    [
      ['firsteight model rollback --target all --sign-with ops.key', 'leave what was published last'],
      [
        'firsteight model rollback --target branch-17 --to older.model --sign-with ops.key',
        'take an older one',
      ],
    ],
    ['INPUT', 'MODEL', 'BROKER', 'TRUST'],
  )
}

async function rollback(flags: RollbackFlags): Promise<void> {
  if (flags.to !== undefined && flags.leave !== undefined) {
    throw new FirsteightError('USAGE', '--to and --leave exclude each other', { hint: 'Give one of them.' })
  }
  const file = flags.to === undefined ? undefined : await readModelFile(flags.to)
  const isOffline = flags.envelopeOut !== undefined && (file !== undefined || flags.leave !== undefined)
  const conversation = isOffline
    ? undefined
    : await Conversation.open(resolveBroker(brokerSettings(flags), `firsteight-model-${process.pid}`))
  try {
    const leave =
      file === undefined ? (flags.leave ?? (await lastPublished(conversation!, flags.target))) : undefined
    const envelope = await signManifest(manifestOf(file, leave), flags.target, flags)
    if (flags.envelopeOut !== undefined) await writeEnvelope(flags.envelopeOut, envelope)
    else {
      if (file !== undefined) await publishChunks(conversation!, file)
      await publishManifest(conversation!, flags.target, envelope)
    }
    const target = formatTarget(flags.target)
    createOutput(flags).summary(
      { target, to: file?.id, leave, file: flags.envelopeOut },
      `${flags.envelopeOut ?? 'published'}: agents of ${target} ${file ? `take model ${file.id}` : `leave model ${leave}`}`,
    )
  } finally {
    await conversation?.close()
  }
}

function manifestOf(file: ModelFile | undefined, leave: string | undefined): ModelManifest {
  return {
    rolloutId: randomUUID(),
    stage: 'rollback',
    model: file && cutModel(file).description,
    leave,
    share: 1,
    force: false,
    minimumVersion: 0,
    bounds: DEFAULT_BOUNDS,
  }
}

/** The model of the order that stands at the broker for this target. */
async function lastPublished(conversation: Conversation, target: Target): Promise<string> {
  const topic = desiredTopic(target)
  const envelope = (await conversation.collect(topic)).get(topic)
  const id = envelope && decodeManifest(decodeStatement(openEnvelope(envelope).statement).payload).model?.id
  if (id !== undefined) return id
  throw new FirsteightError('USAGE', `no model is published for ${formatTarget(target)}`, {
    hint: 'Say which model to leave: --leave ID; `firsteight model status` shows ids with --json.',
  })
}

function modelId(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new InvalidArgumentError('Expected the 64 hex digits of a model id.')
}
