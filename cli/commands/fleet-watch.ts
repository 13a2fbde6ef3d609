import type { Command } from 'commander'
import { statusJson } from '../../core/message-json.js'
import { type Metrics, metricValue } from '../../core/metrics-message.js'
import { SequenceGaps, type SequenceNews } from '../../core/sequence-gaps.js'
import { parseTarget } from '../../core/signature/target.js'
import { escapeUnprintable } from '../../core/text.js'
import { addBrokerOptions, type BrokerFlags } from '../broker-options.js'
import { createPaint, type Paint, wantsColor } from '../color.js'
import { takeArrivals } from '../fleet-arrivals.js'
import { type FleetNews, type FleetNode, FleetNodes, VIEW_PATHS } from '../fleet-nodes.js'
import { ORDER_PATHS, type Refusal } from '../fleet-refusals.js'
import { ageText, factsOf } from '../fleet-text.js'
import { addExamples } from '../help.js'
import { positive } from '../number-options.js'
import { createOutput, type Output } from '../output.js'
import { renderStatus } from '../render-alert.js'
import type { CommandContext } from './command.js'

interface WatchFlags extends BrokerFlags {
  timeout?: number
  json?: true
}

/** An agent is overdue when its metrics are late by so many of its intervals, and so many seconds more. */
const OVERDUE_INTERVALS = 2
const OVERDUE_SECONDS = 5
const LOOK_MILLISECONDS = 1000

/** Adds `watch` to the `fleet` command. */
export function registerFleetWatch(fleet: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    fleet
      .command('watch')
      .description(
        'print the coming and going of agents, alarms in their metrics, refused orders, and what is missing',
      )
      .argument('[target]', 'SITE/NODE, SITE, or all', 'all'),
  )
    .option('--timeout <seconds>', 'end after this time', positive)
    .option('--json', 'one JSON object a line, a last {"summary": ...}')
    .action((target: string, flags: WatchFlags) => runFleetWatch(target, flags, context))
  addExamples(
    command,
    [
      ['firsteight fleet watch', 'every agent at a broker on this machine'],
      ['firsteight fleet watch branch-17 --json', 'one site, for a program'],
    ],
    ['CONFIG', 'BROKER'],
  )
}

async function runFleetWatch(text: string, flags: WatchFlags, context: CommandContext): Promise<void> {
  const output = createOutput(flags)
  const nodes = new FleetNodes()
  const watcher = new FleetWatcher(output, createPaint(wantsColor(process.stdout, process.env)))
  const milliseconds = flags.timeout === undefined ? MOST_MILLISECONDS : flags.timeout * 1000
  const overdue = setInterval(() => watcher.look(nodes.all, performance.now()), LOOK_MILLISECONDS)
  const paths = [...VIEW_PATHS, ...ORDER_PATHS, 'anomaly']
  const arrivals = { paths, target: parseTarget(text), milliseconds, signal: context.stopSignal() }
  try {
    await takeArrivals(flags, arrivals, (arrival) => {
      const news = nodes.take(arrival)
      if (news) watcher.take(news, performance.now())
    })
  } finally {
    clearInterval(overdue)
  }
  output.summary({ ...watcher.seen }, summaryText(watcher.seen))
}

/** The longest time that a timer can wait: three weeks and a half. */
const MOST_MILLISECONDS = 2 ** 31 - 1

/** What an agent's last metrics said. */
interface Standing {
  bootId: string
  /** Codes of the alarms that were told and not cleared. */
  alarms: ReadonlySet<string>
  /** performance.now() */
  heardAt: number
  /** The longest of this start, seconds: those at an end or by order are shorter. */
  interval: number
  overdue: boolean
}

/** What `fleet watch` prints of what arrives. */
export class FleetWatcher {
  readonly seen = { statusChanges: 0, alarms: 0, refusals: 0, missing: 0, overdue: 0, invalid: 0 }
  readonly #output: Output
  readonly #paint: Paint
  readonly #alerts = new SequenceGaps()
  readonly #intervals = new SequenceGaps()
  readonly #standing = new Map<FleetNode, Standing>()
  /** Keys of what each node's last report on each retained topic refused. */
  readonly #refusals = new Map<FleetNode, Map<string, ReadonlySet<string>>>()

  constructor(output: Output, paint: Paint) {
    this.#output = output
    this.#paint = paint
  }

  take(news: FleetNews, now: number): void {
    if (news.kind === 'invalid') {
      this.seen.invalid++
      const { code, message } = news.error
      this.#output.line(
        { type: 'invalid', topic: news.topic, error: { code, message } },
        `${this.#paint('yellow', 'INVALID')} ${escapeUnprintable(news.topic)}: ${message}`,
      )
    } else if (news.kind === 'status') {
      const { status, previous } = news
      const same = previous?.state === status.state && previous.header.bootId === status.header.bootId
      if (same) return
      this.seen.statusChanges++
      this.#output.line({ type: 'status', ...statusJson(status) }, renderStatus(status, this.#paint))
      this.#alarms(news.node)
    } else if (news.kind === 'metrics') this.#metrics(news.node, news.metrics, now)
    else if (news.kind === 'orders') this.#orders(news.node, news.path, news.refusals)
    else {
      const { bootId, sequence } = news.report.header
      this.#missing(news.node, 'alerts', this.#alerts.heard(bootId, sequence))
    }
  }

  /** Agents whose metrics are late. */
  look(nodes: readonly FleetNode[], now: number): void {
    for (const node of nodes) {
      const standing = this.#standing.get(node)
      if (standing === undefined || standing.overdue || factsOf(node, 0).state !== 'ONLINE') continue
      if (standing.bootId !== node.status?.header.bootId) continue
      const seconds = (now - standing.heardAt) / 1000
      if (seconds < (1 + OVERDUE_INTERVALS) * standing.interval + OVERDUE_SECONDS) continue
      standing.overdue = true
      this.seen.overdue++
      this.#line(node, 'overdue', { seconds: Math.round(seconds) }, `no metrics for ${ageText(seconds)}`)
    }
  }

  #metrics(node: FleetNode, metrics: Metrics, now: number): void {
    const { header, number, fromMicroseconds, toMicroseconds } = metrics
    this.#missing(node, 'metrics', this.#intervals.heard(header.bootId, number))
    // Where none wait, all alerts that the agent has numbered are out.
    if (metricValue(metrics, 'reportsWaiting') === 0)
      this.#missing(node, 'alerts', this.#alerts.told(header.bootId, header.sequence))
    const known = this.#standing.get(node)
    const length = (toMicroseconds - fromMicroseconds) / 1e6
    const interval = known?.bootId === header.bootId ? Math.max(known.interval, length) : length
    const alarms = known?.alarms ?? new Set()
    this.#standing.set(node, { bootId: header.bootId, alarms, heardAt: now, interval, overdue: false })
    this.#alarms(node)
  }

  /** Tells what is new and what is over; status and metrics come in either order. */
  #alarms(node: FleetNode): void {
    const standing = this.#standing.get(node)
    if (standing === undefined) return
    const { alarms } = factsOf(node, 0)
    for (const { code, text } of alarms) {
      if (standing.alarms.has(code)) continue
      this.seen.alarms++
      this.#line(node, 'alarm', { alarm: code, text }, `${code}: ${text}`)
    }
    const codes = new Set(alarms.map(({ code }) => code))
    for (const code of standing.alarms)
      if (!codes.has(code)) this.#line(node, 'cleared', { alarm: code }, code)
    standing.alarms = codes
  }

  /** Reports repeat what they told; a command's result comes once. */
  #orders(node: FleetNode, path: string, refusals: readonly Refusal[]): void {
    const ofNode = this.#refusals.get(node) ?? new Map<string, ReadonlySet<string>>()
    const told = ofNode.get(path)
    for (const { order, code, message, about, key } of refusals) {
      if (told?.has(key)) continue
      this.seen.refusals++
      const which = about === '' ? order : `${order} ${about}`
      this.#line(node, 'refused', { order, about, code, message }, `${which}: ${code}: ${message}`)
    }
    if (refusals.some(({ order }) => order === 'command')) return
    this.#refusals.set(node, ofNode.set(path, new Set(refusals.map(({ key }) => key))))
  }

  #missing(node: FleetNode, what: string, news: readonly SequenceNews[]): void {
    for (const { kind, from, to } of news) {
      if (kind === 'missing') this.seen.missing += to - from + 1
      else this.seen.missing--
      this.#line(node, kind, { what, from, to }, `${what} ${from === to ? from : `${from} to ${to}`}`)
    }
  }

  #line(node: FleetNode, type: string, facts: Record<string, unknown>, text: string): void {
    const color = type === 'cleared' || type === 'arrived' ? 'green' : 'yellow'
    this.#output.line(
      { type, site: node.site, node: node.node, ...facts },
      `${this.#paint(color, type.toUpperCase())} site ${node.site}, node ${node.node}: ${text}`,
    )
  }
}

function summaryText({
  statusChanges,
  alarms,
  refusals,
  missing,
  overdue,
  invalid,
}: FleetWatcher['seen']): string {
  return [
    `${statusChanges} status changes`,
    `${alarms} alarms`,
    `${refusals} refusals`,
    `${missing} messages missing`,
    `${overdue} times overdue`,
    ...(invalid > 0 ? [`${invalid} invalid messages`] : []),
  ].join(', ')
}
