import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { Option } from 'commander'
import { Conversation } from '../../core/broker/conversation.js'
import { resolveBroker } from '../../core/broker/options.js'
import { FirsteightError } from '../../core/errors.js'
import { type ModelFile, readModelFile } from '../../core/model-file.js'
import type { StageName } from '../../core/model-manifest.js'
import { isChosen, shareOf } from '../../core/rollout-share.js'
import { decodeStatement, openEnvelope } from '../../core/signature/envelope.js'
import { formatTarget } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags, brokerSettings } from '../broker-options.js'
import { addExamples } from '../help.js'
import { type FleetNode, nameOf, publishChunks, publishManifest, readFleet } from '../model-fleet.js'
import { positive, wholeNumber } from '../number-options.js'
import { createOutput, type Output } from '../output.js'
import {
  addRolloutOptions,
  manifestOf,
  positiveShare,
  type RolloutFlags,
  signManifest,
} from '../rollout-options.js'
import { fleetTable, nodeJson } from '../rollout-table.js'
import { addSigningOptions } from '../signing.js'
import { type StageOutcome, waitForStage } from '../stage-wait.js'
import type { CommandContext } from './command.js'

interface RolloutCommandFlags extends RolloutFlags, BrokerFlags {
  from: 'shadow' | 'canary' | 'all'
  until: 'shadow' | 'canary' | 'all'
  share?: number
  canaryAgents?: number
  waitMinutes: number
  json?: true
}

const STAGES = ['shadow', 'canary', 'all'] as const

/** Adds `rollout` to the `model` command. */
export function registerModelRollout(model: Command, context: CommandContext): void {
  const command = model
    .command('rollout')
    .description('Roll a model out stage by stage: shadow, canary, all. Stops where an agent refuses it.')
    .argument('<model>', 'model file')
  addRolloutOptions(command)
    .addOption(new Option('--from <stage>', 'first stage').choices(STAGES).default('shadow'))
    .addOption(new Option('--until <stage>', 'last stage').choices(STAGES).default('all'))
    .option('--share <share>', 'of the agents, in the canary stage (default: 0.1)', positiveShare)
    .option(
      '--canary-agents <number>',
      'instead: exactly so many of the agents that are online',
      wholeNumber(1, 100_000),
    )
    .option('--wait-minutes <minutes>', 'how long each stage may take', positive, 24 * 60)
  addSigningOptions(command, 30)
  addBrokerOptions(command)
    .option('--json', 'one JSON object a line for each agent and stage, a last {"summary": ...}')
    .action((path: string, flags: RolloutCommandFlags) => rollOut(path, flags, context.stopSignal()))
  addExamples(
    command,
    [
      ['firsteight model rollout site.model --target branch-17 --sign-with ops.key', 'one site, all stages'],
      [
        'firsteight model rollout site.model --target all --canary-agents 5 --sign-with ops.key',
        'everybody; five agents go first',
      ],
      ['firsteight model rollout site.model --target all --until shadow --sign-with ops.key', 'only compare'],
    ],
    ['INPUT', 'MODEL', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}

async function rollOut(path: string, flags: RolloutCommandFlags, signal: AbortSignal): Promise<void> {
  const file = await readModelFile(path)
  const stages = STAGES.slice(STAGES.indexOf(flags.from), STAGES.indexOf(flags.until) + 1)
  if (stages.length === 0 || flags.envelopeOut !== undefined || flags.revision !== undefined) {
    throw new FirsteightError('USAGE', whatIsWrong(flags), {
      hint: 'Stages that are signed elsewhere are made with `firsteight model sign`.',
    })
  }
  const output = createOutput(flags)
  const conversation = await Conversation.open(
    resolveBroker(brokerSettings(flags), `firsteight-model-${process.pid}`),
    signal,
  )
  const rolloutId = randomUUID()
  const started = performance.now()
  try {
    const fleet = (await readFleet(conversation, flags.target)).filter(({ online }) => online)
    if (fleet.length === 0) {
      throw new FirsteightError('ROLLOUT_STOPPED', `no agent of ${formatTarget(flags.target)} is online`, {
        hint: 'Start agents that are enrolled, or publish without waiting: `firsteight model sign` and `model publish`.',
      })
    }
    note(`${fleet.length} agents online; rollout ${rolloutId}`)
    const sent = await publishChunks(conversation, file, {
      progress: (done, all) => note(`chunk ${done} of ${all} stands at the broker`),
    })
    for (const stage of stages) {
      await runStage(stage, { conversation, file, flags, fleet, rolloutId, output, signal })
    }
    const seconds = Math.round((performance.now() - started) / 1000)
    output.summary(
      { rolloutId, modelId: file.id, agents: fleet.length, stages, seconds, chunksSent: sent.messages },
      `model ${file.id}: ${stages.join(', ')} done on ${fleet.length} agents in ${seconds} s`,
    )
  } finally {
    await conversation.close()
  }
}

interface StageContext {
  conversation: Conversation
  file: ModelFile
  flags: RolloutCommandFlags
  fleet: FleetNode[]
  rolloutId: string
  output: Output
  signal: AbortSignal
}

/** @throws FirsteightError ROLLOUT_STOPPED; why `signal` aborted */
async function runStage(word: (typeof STAGES)[number], context: StageContext): Promise<void> {
  const { conversation, file, flags, fleet, rolloutId, output, signal } = context
  const name: StageName = word === 'all' ? 'full' : word
  const share = name === 'canary' ? canaryShare(flags, fleet, rolloutId) : 1
  const manifest = manifestOf(file, flags, { name, share, rolloutId })
  const envelope = await signManifest(manifest, flags.target, flags)
  const chosen = fleet.filter((agent) => isChosen(rolloutId, agent, share))
  note(`${word}: ${chosen.length} of ${fleet.length} agents`)
  const outcome = await waitForStage(conversation, {
    target: flags.target,
    agents: fleet,
    revision: decodeStatement(openEnvelope(envelope).statement).revision,
    milliseconds: flags.waitMinutes * 60_000,
    signal,
    publish: () => publishManifest(conversation, flags.target, envelope),
    progress: (counts) => note(`${word}: ${countsText(counts)}`),
  })
  for (const agent of outcome.agents) output.line({ stage: word, ...nodeJson(agent) }, '')
  const concerned = outcome.agents.filter((agent) => outcome.bad.has(nameOf(agent)))
  if (!output.json) output.line({}, `${word}: ${countsText(outcome.counts)}`)
  if (concerned.length === 0) return
  throw new FirsteightError(
    'ROLLOUT_STOPPED',
    `${word}: ${concerned.length} of ${fleet.length} agents did not take the model\n${fleetTable(concerned)}`,
    {
      hint: hintFor(name, flags),
      details: { stage: word, rolloutId, agents: concerned.map(nameOf) },
    },
  )
}

function canaryShare(flags: RolloutCommandFlags, fleet: FleetNode[], rolloutId: string): number {
  return flags.canaryAgents === undefined
    ? (flags.share ?? 0.1)
    : shareOf(rolloutId, fleet, flags.canaryAgents)
}

function hintFor(stage: StageName, { target }: RolloutCommandFlags): string {
  if (stage === 'shadow')
    return 'Nothing has changed on the agents. Mend the model, or say --force with --from canary.'
  const command = `firsteight model rollback --target ${formatTarget(target)} --sign-with KEY`
  return `Agents that left its bounds are back on their model already; the others: ${command}`
}

function whatIsWrong(flags: RolloutCommandFlags): string {
  if (flags.envelopeOut !== undefined)
    return '--envelope-out does not go with a rollout, which signs each stage in turn'
  if (flags.revision !== undefined)
    return '--revision does not go with a rollout, which gives each stage its own'
  return `--from ${flags.from} comes after --until ${flags.until}`
}

function countsText(counts: StageOutcome['counts']): string {
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}

function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
