import type { Command } from 'commander'
import { Conversation } from '../../core/broker/conversation.js'
import { resolveBroker } from '../../core/broker/options.js'
import { FirsteightError } from '../../core/errors.js'
import { readModelFile } from '../../core/model-file.js'
import { checkDescribed, decodeManifest } from '../../core/model-manifest.js'
import { formatTarget } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags, brokerSettings } from '../broker-options.js'
import { addExamples } from '../help.js'
import { publishChunks, publishManifest } from '../model-fleet.js'
import { createOutput } from '../output.js'
import { readEnvelope } from '../signing.js'

/** Adds `publish` to the `model` command. */
export function registerModelPublish(model: Command): void {
  const command = model
    .command('publish')
    .description('Publish a signed manifest, and the model that it names, to the agents.')
    .argument('<manifest>', 'file that `firsteight model sign` or `model rollback --envelope-out` wrote')
    .argument('[model]', 'model file; not needed where the manifest names none')
  addBrokerOptions(command).option('--json', 'print the result as one JSON line').action(publishModel)
  addExamples(
    command,
    [
      [
        'firsteight model publish shadow.manifest site.model --broker mqtts://broker.example:8883',
        'retained',
      ],
    ],
    ['INPUT', 'MODEL', 'BROKER', 'TRUST'],
  )
}

async function publishModel(
  manifestPath: string,
  modelPath: string | undefined,
  flags: BrokerFlags & { json?: true },
): Promise<void> {
  const { envelope, statement } = await readEnvelope(manifestPath)
  if (statement.payloadType !== 'firsteight.v1.ModelManifest') {
    throw new FirsteightError(
      'ENVELOPE_TYPE',
      `${manifestPath}: a signed ${statement.payloadType}, no manifest`,
      {
        hint: 'Give a file that `firsteight model sign` wrote.',
      },
    )
  }
  const { model, leave } = decodeManifest(statement.payload)
  if (model !== undefined && modelPath === undefined) {
    throw new FirsteightError('USAGE', `${manifestPath} names model ${model.id}: give its file, too`, {
      hint: 'firsteight model publish MANIFEST MODEL',
    })
  }
  const conversation = await Conversation.open(resolveBroker(brokerSettings(flags), clientId()))
  try {
    let sent = { messages: 0, bytes: 0 }
    if (model !== undefined) {
      const file = await readModelFile(modelPath!)
      checkDescribed(file, model)
      sent = await publishChunks(conversation, file, { chunkBytes: model.chunkBytes })
    }
    // Last: agents begin when they see it.
    await publishManifest(conversation, statement.target, envelope)
    const target = formatTarget(statement.target)
    createOutput(flags).summary(
      { modelId: model?.id ?? leave, target, revision: statement.revision, chunksSent: sent.messages },
      `published for ${target}: revision ${statement.revision}, model ${model?.id ?? leave}, ${sent.messages} chunks sent`,
    )
  } finally {
    await conversation.close()
  }
}

function clientId(): string {
  return `firsteight-model-${process.pid}`
}
