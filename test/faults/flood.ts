import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { decodeAnomalyReport } from '../../core/messages.js'
import { MAIN } from '../support/command-line.js'
import type { Mosquitto } from '../support/mosquitto.js'

const SOURCE = new URL('./flood-source.js', import.meta.url).pathname

export interface FloodOutcome {
  /** Anomalous datagrams sent, those of other hosts included. */
  datagrams: number
  perSecond: number
  alerts: number
  /** Streams told of in alerts and summaries. */
  told: number
  /** Alerts in the busiest minute of capture time. */
  busiestMinute: number
  others: number
  othersArrived: number
  /** From capture to arrival of the other hosts' alerts, milliseconds. */
  slowest: number
}

/** A flood through a real agent process: `firsteight run` with a stream of packets and a real broker. */
export async function flood(
  broker: Mosquitto,
  options: { perSecond: number; seconds: number; sources: 'one' | 'many' },
): Promise<FloodOutcome> {
  const client = await mqtt.connectAsync(broker.url, { protocolVersion: 5 })
  const others = new Map<string, number>()
  const minutes = new Map<number, number>()
  let alerts = 0
  let told = 0
  client.on('message', (_topic, payload) => {
    const { anomaly, suppressed } = decodeAnomalyReport(payload)
    told += (anomaly ?? suppressed)!.anomalousStreams
    if (!anomaly) return
    alerts++
    const minute = Math.floor(anomaly.lastSeenMicroseconds / 60e6)
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
    const { clientAddress, clientPort } = anomaly.flow
    if (clientAddress[0] === 10 && clientPort === 5000) {
      others.set(
        Buffer.from(clientAddress).toString('hex'),
        Date.now() - anomaly.firstSeenMicroseconds / 1000,
      )
    }
  })
  await client.subscribeAsync('firsteight/v1/+/+/anomaly', { qos: 1 })

  const { perSecond, seconds, sources } = options
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-flood-'))
  const report = join(folder, 'sent.json')
  const source = [process.execPath, SOURCE, '--per-second', `${perSecond}`, '--seconds', `${seconds}`]
  const agent = spawn(process.execPath, [MAIN, 'run', '--json', '--broker', broker.url], {
    env: {
      ...process.env,
      FIRSTEIGHT_CAPTURE_KIND: 'stream',
      FIRSTEIGHT_CAPTURE_COMMAND: JSON.stringify([...source, '--sources', sources, '--report', report]),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  agent.stderr.on('data', (data) => (output += data))
  await once(agent, 'close')
  await client.endAsync()
  const sent = sentBy(report)
  rmSync(folder, { recursive: true })
  if (!sent) throw new Error(`the flood did not end as it should: ${output.slice(-2000)}`)
  const datagrams = sent.flood + sent.others
  return {
    datagrams,
    perSecond: Math.round(datagrams / sent.seconds),
    alerts,
    told,
    busiestMinute: Math.max(...minutes.values()),
    others: sent.others,
    othersArrived: others.size,
    slowest: Math.round(Math.max(0, ...others.values())),
  }
}

function sentBy(report: string): { flood: number; others: number; seconds: number } | undefined {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return undefined
  }
}
