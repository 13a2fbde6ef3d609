import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { BROKER_VARIABLE, type BrokerName, SEED_VARIABLE } from '../support/brokers.js'

export interface Suite {
  name: string
  /** Compiled file below `dist/test/`, and its arguments. */
  file: string
  args?: string[]
  /** On a cluster nodes die while it runs. */
  hasDeaths: boolean
  /** Short enough for CI. */
  isQuick: boolean
}

export interface Outcome {
  /** What was done, in a few words. */
  summary: string
  seconds: number
  /** Why it has failed, if it has. */
  problem: string | undefined
  output: string
}

const suite = (name: string, file: string, change: Partial<Suite> = {}): Suite => ({
  name,
  file: `${file}.test.js`,
  hasDeaths: true,
  isQuick: false,
  ...change,
})

/** What it does is in the last line that it prints. */
const program = (name: string, file: string, args: string[]): Suite => ({ ...suite(name, ''), file, args })

export const SUITES: readonly Suite[] = [
  suite('evidence', 'cli/commands/fleet-evidence'),
  suite('rollout', 'agent/models/rollout.e2e'),
  suite('rollout-command', 'cli/commands/model-rollout'),
  suite('hostile-models', 'agent/models/hostile', { hasDeaths: false }),
  suite('crash-models', 'agent/models/crash'),
  suite('settings', 'cli/commands/fleet-config', { hasDeaths: false }),
  suite('exceptions', 'cli/commands/fleet-exception', { hasDeaths: false }),
  suite('keys', 'cli/commands/fleet-keys', { hasDeaths: false }),
  suite('hostile-settings', 'agent/desired/hostile', { hasDeaths: false, isQuick: true }),
  suite('crash-settings', 'agent/desired/crash'),
  suite('commands', 'agent/commands/commands-part', { hasDeaths: false, isQuick: true }),
  program('fleet', 'fleet/main.js', ['--quick']),
  program('alerts', 'faults/main.js', ['--quick', '--only', 'outage,links,drain,nodes']),
]

const LIMIT_SECONDS = 900
const DIST = new URL('../', import.meta.url)

/** Runs a suite in a process of its own. Never throws for what the suite finds. */
export async function runSuite(suite: Suite, broker: BrokerName, seed: string): Promise<Outcome> {
  const { file, args = [], hasDeaths } = suite
  const began = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, DIST)), ...args], {
    env: {
      ...process.env,
      [BROKER_VARIABLE]: broker,
      [SEED_VARIABLE]: seed,
      TAP_TIMEOUT: `${LIMIT_SECONDS}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 1000 * LIMIT_SECONDS,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
  await once(child, 'close')
  const count = (pattern: RegExp) => output.match(pattern)?.length ?? 0
  const [tests, skips] = [count(/^ok /gm), count(/# SKIP/g)]
  const deaths = count(/node \d killed/g)
  const problem = () => {
    if (child.exitCode !== 0)
      return `exit ${child.exitCode ?? child.signalCode}, ${count(/^ +not ok /gm)} checks failed`
    if (skips > 0) return 'skipped'
    if (broker === 'nats' && hasDeaths && deaths === 0) return 'no node died while it ran'
    return undefined
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  const done = file.endsWith('.test.js') ? `${tests} tests, ${count(/^ +ok /gm)} checks` : lastLine(output)
  const summary = `${done}${deaths > 0 ? `, ${deaths} deaths` : ''}`
  return { summary, seconds, problem: problem(), output }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)!
}
