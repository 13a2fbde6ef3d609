import type { Conversation } from '../core/broker/conversation.js'
import { FirsteightError } from '../core/errors.js'
import { decodeReportedConfig } from '../core/reported-config.js'
import { formatTarget } from '../core/signature/target.js'
import { parsePath, pathFilter, targetPath } from '../core/topics.js'
import {
  type Desired,
  type FleetSettings,
  type ManagedNode,
  nameOf,
  nodesOf,
  type Outcome,
  outcomeOf,
} from './fleet-desired.js'
import type { Output } from './output.js'
import { textTable } from './text-table.js'

/** How a command waits for the agents. */
export interface WaitFlags {
  /** False with --no-wait. */
  wait: boolean
  timeout: number
}

/**
 * Publishes settings, and waits until every managed agent that is online has said what it made of them.
 * @throws FirsteightError FLEET_REFUSED, FLEET_UNANSWERED after the agents' answers were told; BROKER_*
 */
export async function publishDesired(
  conversation: Conversation,
  settings: FleetSettings,
  desired: Desired,
  options: { flags: WaitFlags; output: Output },
): Promise<void> {
  const { flags, output } = options
  const publish = () =>
    conversation.publish({
      topic: targetPath(desired.target, 'config/desired'),
      payload: desired.envelope,
      retain: true,
      schema: 'firsteight.v1.Envelope',
    })
  const nodes = nodesOf(settings, desired.target)
  const asked = nodes.filter(({ isOnline, report }) => isOnline && report)
  const outcomes = new Map<string, Outcome>()
  if (!flags.wait || asked.length === 0) await publish()
  else {
    process.stderr.write(`published; waiting for ${asked.length} agents\n`)
    await waitForOutcomes(conversation, desired, asked, { outcomes, publish, seconds: flags.timeout })
  }
  tell(desired, nodes, { outcomes, isWaiting: flags.wait, output })
}

async function waitForOutcomes(
  conversation: Conversation,
  desired: Desired,
  asked: readonly ManagedNode[],
  {
    outcomes,
    publish,
    seconds,
  }: { outcomes: Map<string, Outcome>; publish: () => Promise<void>; seconds: number },
): Promise<void> {
  for (const node of asked) outcomes.set(nameOf(node), { state: 'not answered', detail: '' })
  const pick = ({ topic, payload }: { topic: string; payload: Uint8Array }): true | undefined => {
    const name = nameOf(parsePath(topic)!)
    if (!outcomes.has(name) || payload.length === 0) return undefined
    try {
      outcomes.set(name, outcomeOf(desired, decodeReportedConfig(payload)))
    } catch (error) {
      if (!(error instanceof FirsteightError)) throw error
    }
    return [...outcomes.values()].every(({ state }) => state !== 'not answered') ? true : undefined
  }
  const milliseconds = seconds * 1000
  await conversation.answer(pathFilter('config/reported'), pick, { milliseconds, ask: publish })
}

function tell(
  desired: Desired,
  nodes: readonly ManagedNode[],
  {
    outcomes,
    isWaiting,
    output,
  }: { outcomes: ReadonlyMap<string, Outcome>; isWaiting: boolean; output: Output },
): void {
  const target = formatTarget(desired.target)
  const lines = nodes.map((node) => {
    const { state, detail } = outcomes.get(nameOf(node)) ?? absent(node, isWaiting)
    return { node: nameOf(node), state, detail }
  })
  if (output.json) for (const line of lines) output.line(line, '')
  else if (lines.length > 0) {
    const rows = lines.map(({ node, state, detail }) => [node, state, detail])
    output.line({}, textTable({ heading: ['AGENT', 'STATE', ''], rows, left: [0, 1, 2] }))
  }
  const count = (state: string) => lines.filter((line) => line.state === state).length
  const [refused, unanswered] = [count('refused'), count('not answered')]
  output.summary(
    { target, revision: desired.revision, agents: lines.length, refused, unanswered },
    `revision ${desired.revision} for ${target}: ${lines.length} agents, ${refused} refused, ${unanswered} not answered`,
  )
  if (refused > 0) {
    throw new FirsteightError('FLEET_REFUSED', `${refused} of ${lines.length} agents refused`, {
      hint: 'Mend what they name, and publish again; until then they go on with what they had.',
    })
  }
  if (unanswered > 0) {
    throw new FirsteightError(
      'FLEET_UNANSWERED',
      `${unanswered} of ${lines.length} agents have not answered`,
      {
        hint: 'It stands at the broker for them. Look again with `firsteight fleet config diff`.',
      },
    )
  }
}

function absent({ isOnline, report }: ManagedNode, isWaiting: boolean): { state: string; detail: string } {
  if (report === undefined) return { state: 'not managed', detail: 'it has never reported settings' }
  if (isOnline && !isWaiting) return { state: 'not asked', detail: '' }
  return { state: 'not online', detail: 'it will take it when it comes back' }
}
