import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { resolveBroker } from '../../core/broker/options.js'
import { type Delivery, Subscriber } from '../../core/broker/subscriber.js'
import { createLog } from '../../core/log.js'
import { anomalyReportJson, statusJson } from '../../core/message-json.js'
import { escapeUnprintable } from '../../core/text.js'
import { firsteight } from '../../generated/messages.js'
import { addBrokerOptions, type BrokerFlags, brokerSettings } from '../broker-options.js'
import { createPaint, wantsColor } from '../color.js'
import { addExamples } from '../help.js'
import { positive, wholeNumber } from '../number-options.js'
import { createOutput, type Output } from '../output.js'
import { renderReport, renderStatus } from '../render-alert.js'
import type { CommandContext } from './command.js'

interface WatchOptions extends BrokerFlags {
  site?: string
  node?: string
  count?: number
  timeout?: number
  json?: boolean
}

/** What was seen, for the summary. */
interface Seen {
  alerts: number
  escalated: number
  suppressions: number
  statusChanges: number
  invalid: number
}

export function registerWatch(program: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    program
      .command('watch')
      .description('Subscribe at the broker and print alerts and the coming and going of agents.'),
  )
    .option('--site <name>', 'only this site')
    .option('--node <name>', 'only this node')
    .option('--count <alerts>', 'end after this many alerts', wholeNumber(1, 999_999_999))
    .option('--timeout <seconds>', 'end after this time', positive)
    .option('--json', 'one JSON object a line, a last {"summary": ...}')
    .action((options: WatchOptions) => watch(options, context.stopSignal()))
  addExamples(
    command,
    [
      ['firsteight watch', 'alerts of every agent at a broker on this machine'],
      ['firsteight watch --site branch-17 --json', 'one site, for a program'],
      ['firsteight watch --count 1 --timeout 60', 'wait a minute for one alert'],
    ],
    ['CONFIG', 'INPUT', 'BROKER'],
  )
}

async function watch(options: WatchOptions, stopSignal: AbortSignal): Promise<void> {
  const output = createOutput({ json: options.json })
  const seen: Seen = { alerts: 0, escalated: 0, suppressions: 0, statusChanges: 0, invalid: 0 }
  const enough = new AbortController()
  const print = createPrinter(output, seen)
  const subscriber = new Subscriber({
    options: resolveBroker(brokerSettings(options), `firsteight-watch-${randomUUID()}`),
    log: createLog({ format: 'text', level: 'info' }),
    only: {
      ...(options.site !== undefined && { site: options.site }),
      ...(options.node !== undefined && { node: options.node }),
    },
    deliver(delivery) {
      if (enough.signal.aborted) return
      print(delivery)
      if (seen.alerts === options.count) enough.abort()
    },
  })
  const timer = options.timeout && setTimeout(() => enough.abort(), options.timeout * 1000)
  const end = aborted(AbortSignal.any([stopSignal, enough.signal]))
  await Promise.race([subscriber.start(), end])
  await end
  clearTimeout(timer)
  await subscriber.stop()
  const { repeats, reconnects } = subscriber
  output.summary({ ...seen, repeats, reconnects }, summaryText(seen))
}

function createPrinter(output: Output, seen: Seen): (delivery: Delivery) => void {
  const paint = createPaint(wantsColor(process.stdout, process.env))
  return (delivery) => {
    const { kind, topic } = delivery
    if (kind === 'status') {
      seen.statusChanges++
      output.line(
        { type: kind, topic, ...statusJson(delivery.status) },
        `${renderStatus(delivery.status, paint)}\n`,
      )
    } else if (kind === 'invalid') {
      seen.invalid++
      const { code, message } = delivery.error
      output.line(
        { type: kind, topic, error: { code, message } },
        `${paint('yellow', 'INVALID')} ${escapeUnprintable(topic)}: ${message}\n`,
      )
    } else {
      const { report } = delivery
      if (report.suppressed) seen.suppressions++
      else seen.alerts++
      if (report.anomaly?.route === firsteight.v1.Route.ESCALATE) seen.escalated++
      output.line({ type: kind, topic, ...anomalyReportJson(report) }, `${renderReport(report, paint)}\n\n`)
    }
  }
}

function summaryText({ alerts, escalated, suppressions, statusChanges, invalid }: Seen): string {
  const more = [
    ...(suppressions > 0 ? [`${suppressions} reports of alerts held back`] : []),
    ...(invalid > 0 ? [`${invalid} invalid messages`] : []),
  ]
  return [`${alerts} alerts (${escalated} escalated)`, `${statusChanges} status changes`, ...more].join(', ')
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
