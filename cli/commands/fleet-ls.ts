import type { Command } from 'commander'
import { parseTarget } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags } from '../broker-options.js'
import { takeArrivals } from '../fleet-arrivals.js'
import { FleetNodes, VIEW_PATHS } from '../fleet-nodes.js'
import { ageText, factsOf, type NodeFacts, timeText } from '../fleet-text.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import { textTable } from '../text-table.js'
import type { CommandContext } from './command.js'

/** Adds `ls` to the `fleet` command. */
export function registerFleetLs(fleet: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    fleet
      .command('ls')
      .description('list the agents at a broker: state, version, model, capture, metrics, alarms')
      .argument('[target]', 'SITE/NODE, SITE, or all', 'all'),
  )
    .option('--json', 'one JSON object a line, a last {"summary": ...}')
    .action((target: string, flags: BrokerFlags & { json?: true }) => runFleetLs(target, flags, context))
  addExamples(
    command,
    [
      ['firsteight fleet ls', 'every agent at a broker on this machine'],
      ['firsteight fleet ls branch-17 --json', 'one site, for a program'],
    ],
    ['CONFIG', 'BROKER'],
  )
}

async function runFleetLs(
  text: string,
  flags: BrokerFlags & { json?: true },
  context: CommandContext,
): Promise<void> {
  const output = createOutput(flags)
  const nodes = new FleetNodes()
  let invalid = 0
  const arrivals = { paths: VIEW_PATHS, target: parseTarget(text), signal: context.stopSignal() }
  await takeArrivals(flags, arrivals, (arrival) => {
    if (nodes.take(arrival)?.kind === 'invalid') invalid++
  })
  const now = Date.now() * 1000
  const all = nodes.all.map((node) => factsOf(node, now))
  const states: Record<string, number> = {}
  for (const { state } of all) states[state] = (states[state] ?? 0) + 1
  if (output.json) for (const facts of all) output.line({ ...facts }, '')
  else if (all.length > 0) output.line({}, tableOf(all))
  const counts = Object.entries(states).map(([state, count]) => `${count} ${state.toLowerCase()}`)
  const more = [
    ...counts,
    ...(invalid > 0 ? [`${invalid} invalid messages`] : []),
    ...(nodes.leftOut > 0 ? [`${nodes.leftOut} left out, because there are too many`] : []),
  ]
  output.summary(
    { agents: all.length, states, invalid, leftOut: nodes.leftOut },
    [`${all.length} agents`, ...more].join(', '),
  )
}

const HEADING = [
  'SITE',
  'NODE',
  'STATE',
  'SINCE (UTC)',
  'AGENT',
  'MODEL',
  'KERNEL',
  'CAPTURE',
  'CONFIG',
  'METRICS',
  'DROPS',
  'WAITING',
  'ALARMS',
]

function tableOf(all: readonly NodeFacts[]): string {
  const rows = all.map((facts) => [
    facts.site,
    facts.node,
    facts.state,
    sinceText(facts),
    facts.agentVersion,
    facts.modelId.slice(0, 12) || 'none',
    facts.kernel,
    facts.capture,
    String(facts.configRevision ?? '-'),
    facts.metricsAge === null ? 'none' : `${ageText(facts.metricsAge)} ago`,
    String(facts.captureDropped),
    String(facts.reportsWaiting),
    facts.alarms.map(({ code }) => code).join(', ') || '-',
  ])
  return textTable({ heading: HEADING, rows, left: [0, 1, 2, 3, 4, 5, 6, 7, 12] })
}

function sinceText({ since, lastSeen }: NodeFacts): string {
  if (since !== null) return timeText(since)
  return lastSeen === null ? 'unknown' : `after ${timeText(lastSeen)}`
}
