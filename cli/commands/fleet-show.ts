import type { Command } from 'commander'
import { FirsteightError } from '../../core/errors.js'
import { isoTime, statusJson } from '../../core/message-json.js'
import { METRICS } from '../../core/metric-catalogue.js'
import { type Metrics, metricsJson } from '../../core/metrics-message.js'
import { formatTarget, parseTarget } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags } from '../broker-options.js'
import { takeArrivals } from '../fleet-arrivals.js'
import { FleetNodes, VIEW_PATHS } from '../fleet-nodes.js'
import { ageText, factsOf, type NodeFacts } from '../fleet-text.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import { textTable } from '../text-table.js'
import type { CommandContext } from './command.js'

/** Adds `show` to the `fleet` command. */
export function registerFleetShow(fleet: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    fleet
      .command('show')
      .description('show everything that one agent tells of itself, counters with their rates')
      .argument('<agent>', 'SITE/NODE'),
  )
    .option('--json', 'one {"summary": ...} line')
    .action((agent: string, flags: BrokerFlags & { json?: true }) => runFleetShow(agent, flags, context))
  addExamples(
    command,
    [['firsteight fleet show branch-17/gate', 'the agent gate at the site branch-17']],
    ['CONFIG', 'INPUT', 'BROKER'],
  )
}

async function runFleetShow(
  text: string,
  flags: BrokerFlags & { json?: true },
  context: CommandContext,
): Promise<void> {
  const target = parseTarget(text)
  if (target.node === '') {
    throw new FirsteightError('USAGE', `${text}: expected one agent, SITE/NODE`, {
      hint: 'firsteight fleet ls lists them.',
    })
  }
  const nodes = new FleetNodes()
  const arrivals = { paths: VIEW_PATHS, target, signal: context.stopSignal() }
  await takeArrivals(flags, arrivals, (arrival) => nodes.take(arrival))
  const [node] = nodes.all
  if (node === undefined) {
    throw new FirsteightError('AGENT_UNKNOWN', `the broker knows no agent ${formatTarget(target)}`, {
      hint: 'firsteight fleet ls lists those that it knows.',
      details: { agent: formatTarget(target) },
    })
  }
  const facts = factsOf(node, Date.now() * 1000)
  createOutput(flags).summary(
    {
      ...facts,
      status: node.status ? statusJson(node.status) : null,
      metrics: node.metrics ? metricsJson(node.metrics) : null,
    },
    [factsText(facts), ...(node.metrics ? [metricsText(node.metrics)] : [])].join('\n\n'),
  )
}

function factsText(facts: NodeFacts): string {
  const lines: [label: string, text: string][] = [
    ['agent', `${facts.site}/${facts.node}, version ${facts.agentVersion}`],
    ['state', facts.since === null ? facts.state : `${facts.state} since ${facts.since}`],
    ['last seen', facts.lastSeen ?? 'never'],
    ['model', facts.modelId || 'none'],
    ['kernel', facts.kernel],
    ['capture', facts.capture],
    ...facts.alarms.map(({ code, text }): [string, string] => ['alarm', `${code}: ${text}`]),
  ]
  return lines.map(([label, text]) => `${label.padEnd(10)} ${text}`).join('\n')
}

/** Every metric with its figure, and counters with what that is a second. */
function metricsText(metrics: Metrics): string {
  const { fromMicroseconds, toMicroseconds, samples, number } = metrics
  const seconds = (toMicroseconds - fromMicroseconds) / 1e6
  const rows = METRICS.flatMap(({ field, kind, unit, label, optional }) => {
    const own = samples.filter((sample) => sample.field === field)
    if (own.length === 0) return optional ? [[field, 'unknown', '', unit]] : []
    // Of what is counted by reason or code, only what happened.
    const shown = label !== undefined && label !== 'context' ? own.filter(({ value }) => value > 0) : own
    return shown.map(({ label: of, value }) => [
      of === '' ? field : `${field} ${of}`,
      figureText(value),
      kind === 'counter' && seconds > 0 ? `${figureText(value / seconds)}/s` : '',
      unit,
    ])
  })
  const head = `metrics ${number} of this start: ${ageText(seconds)} to ${isoTime(toMicroseconds)}`
  return `${head}\n${textTable({ heading: ['METRIC', 'FIGURE', 'RATE', 'UNIT'], rows, left: [0, 3] })}`
}

function figureText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4)
}
