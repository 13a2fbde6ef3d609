import type { Conversation } from '../core/broker/conversation.js'
import type { ModelReport } from '../core/model-report.js'
import type { Target } from '../core/signature/target.js'
import { firsteight } from '../generated/messages.js'
import { type FleetNode, followReports, nameOf } from './model-fleet.js'

const { RolloutState } = firsteight.v1

export interface StageWait {
  target: Target
  /** Those that must come to an end. */
  agents: readonly FleetNode[]
  /** Of the stage's order. */
  revision: number
  milliseconds: number
  signal: AbortSignal
  /** Called when reports are listened to. */
  publish(): Promise<void>
  /** How many agents are in which state; called when that changes. */
  progress(counts: StageOutcome['counts']): void
}

export interface StageOutcome {
  /** With their last reports. */
  agents: FleetNode[]
  counts: ReadonlyMap<string, number>
  /** Names of agents that refused, returned, were late or have said nothing. */
  bad: ReadonlySet<string>
}

const GOOD = new Set(['SUCCEEDED', 'left out'])
const BAD = new Set(['FAILED', 'REJECTED', 'TIMED_OUT', 'CANCELED'])

/**
 * Publishes a stage's order and waits until every agent has carried it out, one has not, or the time is over.
 * @throws FirsteightError why the connection ended; the reason of `signal`
 */
export async function waitForStage(conversation: Conversation, wait: StageWait): Promise<StageOutcome> {
  const latest = new Map<string, ModelReport>()
  let settle: () => void = () => {}
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  const stateOf = (agent: FleetNode) => stateFor(latest.get(nameOf(agent)), wait.revision)
  const counts = () => {
    const found = new Map<string, number>()
    for (const agent of wait.agents) found.set(stateOf(agent), (found.get(stateOf(agent)) ?? 0) + 1)
    return found
  }
  let told = ''
  await followReports(conversation, wait.target, (name, report) => {
    latest.set(name, report)
    const now = counts()
    const text = JSON.stringify([...now])
    if (text !== told) wait.progress(now)
    told = text
    const states = [...now.keys()]
    if (states.every((state) => GOOD.has(state)) || states.some((state) => BAD.has(state))) settle()
  })
  await wait.publish()
  const timer = setTimeout(settle, Math.min(wait.milliseconds, 2 ** 31 - 1))
  try {
    await Promise.race([settled, closed(conversation), aborted(wait.signal)])
  } finally {
    clearTimeout(timer)
  }
  return {
    agents: wait.agents.map((agent) => ({ ...agent, report: latest.get(nameOf(agent)) })),
    counts: counts(),
    bad: new Set(concerned(wait.agents, stateOf).map(nameOf)),
  }
}

/** Those that stopped the stage; if none did, those that it still waits for. */
function concerned(agents: readonly FleetNode[], stateOf: (agent: FleetNode) => string): FleetNode[] {
  const bad = agents.filter((agent) => BAD.has(stateOf(agent)))
  return bad.length > 0 ? bad : agents.filter((agent) => !GOOD.has(stateOf(agent)))
}

function stateFor(report: ModelReport | undefined, revision: number): string {
  const rollout = report?.rollout
  if (rollout == null || rollout.revision !== revision) return 'waiting'
  if (rollout.state === RolloutState.QUEUED && !rollout.chosen) return 'left out'
  return rollout.state === RolloutState.IN_PROGRESS && rollout.activity !== ''
    ? rollout.activity
    : RolloutState[rollout.state]!
}

async function closed(conversation: Conversation): Promise<never> {
  throw await conversation.closed
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
