import { randomUUID } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { MqttLink } from '../../agent/link/mqtt.js'
import { Spool } from '../../agent/link/spool/spool.js'
import { boundYoungHeap } from '../../cli/young-heap.js'
import { type BrokerSettings, resolveBroker } from '../../core/broker/options.js'
import { createLog } from '../../core/log.js'
import { firsteight } from '../../generated/messages.js'
import { sampleAnomaly } from '../support/sample-messages.js'

/** What the writer is told at its start. */
export interface WriterOrder {
  broker: BrokerSettings
  spool: string
  /** A line for each alert that the spool has accepted: its number and event id. */
  ledger: string
  /** Number of the first alert. */
  first: number
  count: number
  /** Alerts a second; 0: as fast as it goes. */
  perSecond: number
  backlogPerSecond: number
  /** Offers nothing before the broker is there. */
  whenConnected: boolean
}

/** What it tells ten times a second. */
export interface WriterReport {
  offered: number
  queued: number
  dropped: number
  connected: boolean
  recovered: number
  residentBytes: number
}

/** One alert in so many escalates. */
const ESCALATION_SHARE = 50
const REPORT_MILLISECONDS = 100

// The link and its spool in a process of its own, which can be killed for real. It says over IPC how it is.
process.once('message', (order: WriterOrder) => void write(order))
process.once('disconnect', () => process.exit())

async function write(order: WriterOrder): Promise<void> {
  boundYoungHeap() // as `firsteight run` does
  const log = createLog({ format: 'text', level: 'error' })
  const identity = { site: 'faults', node: 'writer', bootId: randomUUID() }
  const outbox = new Spool({
    folder: order.spool,
    maximumBytes: 2 ** 29,
    maximumAgeMilliseconds: 86_400_000,
    sync: 'group',
    memory: { maximumMessages: 1000, maximumBytes: 1_000_000 },
    log,
  })
  const times = { reconnectMinimumSeconds: 0.1, reconnectMaximumSeconds: 0.5, keepaliveSeconds: 5 }
  const link = new MqttLink({
    options: resolveBroker({ ...times, ...order.broker }, 'firsteight-faults-writer'),
    identity,
    facts: { agentVersion: 'test', modelId: '', kernel: 'simd', capture: 'file' },
    log,
    outbox,
    backlogPerSecond: order.backlogPerSecond,
  })
  await link.start()
  let offered = 0
  const tell = () => {
    const { connected, queued, dropped, outbox } = link.statistics
    const { rss } = process.memoryUsage()
    const report: WriterReport = {
      offered,
      queued,
      dropped,
      connected,
      recovered: outbox.recovered,
      residentBytes: rss,
    }
    process.send?.(report)
  }
  setInterval(tell, REPORT_MILLISECONDS)

  while (order.whenConnected && !link.statistics.connected)
    await new Promise((resolve) => setTimeout(resolve, 10))
  const ledger = openSync(order.ledger, 'a')
  const began = performance.now()
  while (offered < order.count) {
    const due = order.perSecond === 0 ? offered + 200 : ((performance.now() - began) * order.perSecond) / 1000
    for (; offered < Math.min(due, order.count); offered++) {
      const number = order.first + offered
      const eventId = link.publishAnomaly({ anomaly: alert(number) })
      if (outbox.statistics().storage === 'disk') writeSync(ledger, `${number} ${eventId}\n`)
    }
    await new Promise((resolve) => setTimeout(resolve, order.perSecond === 0 ? 1 : 10))
  }
}

function alert(number: number) {
  const { ESCALATE, REVIEW } = firsteight.v1.Route
  return sampleAnomaly({ totalStreams: number, route: number % ESCALATION_SHARE === 0 ? ESCALATE : REVIEW })
}
