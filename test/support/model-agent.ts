import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { statePath } from '../../agent/state-folder.js'
import type { BrokerSettings } from '../../core/broker/options.js'
import type { ModelFile } from '../../core/model-file.js'
import { chunkTopic, cutModel, desiredTopic } from '../../core/model-manifest.js'
import { decodeModelReport, type ModelReport } from '../../core/model-report.js'
import { EVERY_NODE } from '../../core/signature/target.js'
import { formatTrustFile } from '../../core/signature/trusted-keys.js'
import { firsteight } from '../../generated/messages.js'
import { type Receiver, until } from './link.js'
import { RunningCommand } from './running-command.js'
import { type TestKey, trusting } from './signing.js'
import { steadyTraffic } from './steady-traffic.js'

/** Seconds. */
const PATIENCE = 120

const { RolloutState } = firsteight.v1

/** A state folder of node `edge` at site `test`, with settings for steady clean traffic. Returns the settings' path. */
export function enrolledFolder(
  folder: string,
  keys: Pick<TestKey, 'trusted'>[],
  options: {
    broker: BrokerSettings
    node?: string
    site?: string
    intervalSeconds?: number
    pauseSeconds?: number
  },
): string {
  mkdirSync(folder, { recursive: true })
  const settings = {
    site: options.site ?? 'test',
    node: options.node ?? 'edge',
    stateFolder: folder,
    capture: {
      kind: 'stream',
      command: steadyTraffic(folder, { pauseSeconds: options.pauseSeconds ?? 0.2 }),
    },
    broker: options.broker,
    metrics: { intervalSeconds: options.intervalSeconds ?? 1 },
    log: { level: 'info' },
  }
  const path = join(folder, 'settings.json')
  writeFileSync(path, JSON.stringify(settings))
  writeFileSync(statePath(folder, 'trustedKeys'), formatTrustFile(trusting(...keys)), { mode: 0o600 })
  return path
}

/** A real agent process. */
export function runAgent(t: Test, settings: string): RunningCommand {
  return new RunningCommand(t, ['run', '--config', settings])
}

/** Every report of a node that a receiver saw, in order. */
export function reportsOf(receiver: Receiver, node = 'edge', site = 'test'): ModelReport[] {
  return receiver.received
    .filter(
      ({ topic, payload }) => topic === `firsteight/v1/${site}/${node}/model/reported` && payload.length > 0,
    )
    .map(({ payload }) => decodeModelReport(payload))
}

/** Such as `REJECTED MODEL_OLD_VERSION`. */
export function stateOf(report: ModelReport | undefined): string {
  const { rollout } = report ?? {}
  return rollout == null ? 'none' : `${RolloutState[rollout.state]} ${rollout.code}`.trim()
}

/** Waits until the node's last report is in that state, and returns it. */
export async function reported(
  receiver: Receiver,
  state: string,
  which: (report: ModelReport) => boolean = () => true,
  seconds = PATIENCE,
): Promise<ModelReport> {
  const last = () => reportsOf(receiver).at(-1)
  await until(
    `the agent reports ${state}, last ${stateOf(last())}`,
    () => stateOf(last()) === state && which(last()!),
    seconds,
  )
  return last()!
}

/** Publishes a model's chunks and then a signed manifest, retained. */
export function publishModel(
  receiver: Receiver,
  file: ModelFile,
  envelope: Uint8Array,
  target = EVERY_NODE,
): void {
  publishChunks(receiver, file)
  receiver.publish(desiredTopic(target), envelope, { retain: true })
}

export function publishChunks(receiver: Receiver, file: ModelFile, chunkBytes?: number): void {
  const { chunks } = cutModel(file, chunkBytes)
  for (const [number, chunk] of chunks.entries()) {
    receiver.publish(chunkTopic(file.id, number), chunk, { retain: true })
  }
}
