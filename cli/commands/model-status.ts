import type { Command } from 'commander'
import { Option } from 'commander'
import { Conversation } from '../../core/broker/conversation.js'
import { resolveBroker } from '../../core/broker/options.js'
import { EVERY_NODE, parseTarget, type Target } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags, brokerSettings } from '../broker-options.js'
import { addExamples } from '../help.js'
import { readFleet } from '../model-fleet.js'
import { createOutput } from '../output.js'
import { fleetTable, nodeJson } from '../rollout-table.js'

/** Adds `status` to the `model` command. */
export function registerModelStatus(model: Command): void {
  const command = model
    .command('status')
    .description('Show which model each agent runs, and how far its rollout is.')
    .addOption(
      new Option('--target <target>', 'SITE/NODE, SITE, or all')
        .argParser(parseTarget)
        .default(EVERY_NODE, 'all'),
    )
  addBrokerOptions(command).option('--json', 'one JSON object a line for each agent').action(status)
  addExamples(
    command,
    [
      ['firsteight model status', 'every agent'],
      ['firsteight model status --target branch-17 --json', 'one site, with the figures of shadow and watch'],
    ],
    ['BROKER'],
  )
}

async function status(flags: BrokerFlags & { target: Target; json?: true }): Promise<void> {
  const conversation = await Conversation.open(
    resolveBroker(brokerSettings(flags), `firsteight-model-${process.pid}`),
  )
  try {
    const nodes = await readFleet(conversation, flags.target)
    const output = createOutput(flags)
    if (output.json) for (const node of nodes) output.line(nodeJson(node), '')
    output.summary({ agents: nodes.length }, fleetTable(nodes))
  } finally {
    await conversation.close()
  }
}
