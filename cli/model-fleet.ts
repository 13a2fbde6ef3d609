import type { Arrival, Conversation } from '../core/broker/conversation.js'
import { decodeStatus } from '../core/messages.js'
import type { ModelFile } from '../core/model-file.js'
import { chunkTopic, cutModel, desiredTopic, sha256 } from '../core/model-manifest.js'
import { decodeModelReport, type ModelReport } from '../core/model-report.js'
import type { Target } from '../core/signature/target.js'
import { type NodeName, parsePath, pathFilter } from '../core/topics.js'
import { firsteight } from '../generated/messages.js'

const REPORTED = 'model/reported'

/** What is known of one agent. */
export interface FleetNode extends NodeName {
  online: boolean
  /** Undefined: it has never reported on models. */
  report: ModelReport | undefined
}

/** Every agent of the target that the broker knows, by name. Messages that are none of firsteight are passed over. */
export async function readFleet(conversation: Conversation, target: Target): Promise<FleetNode[]> {
  const nodes = new Map<string, FleetNode>()
  const nodeOf = (topic: string): FleetNode | undefined => {
    const name = parsePath(topic)
    if (name === undefined) return undefined
    const { site, node } = name
    const key = `${site}/${node}`
    if (!nodes.has(key)) nodes.set(key, { site, node, online: false, report: undefined })
    return nodes.get(key)
  }
  for (const [topic, payload] of await conversation.collect(filterFor(target, 'status'))) {
    const status = payload.length === 0 ? undefined : attempt(() => decodeStatus(payload))
    const node = status && nodeOf(topic)
    if (node) node.online = status.state === firsteight.v1.State.ONLINE
  }
  for (const [topic, payload] of await conversation.collect(filterFor(target, REPORTED))) {
    const report = payload.length === 0 ? undefined : attempt(() => decodeModelReport(payload))
    const node = report && nodeOf(topic)
    if (node) node.report = report
  }
  return [...nodes.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
}

/** Calls back with every report of the target's agents from now on. */
export function followReports(
  conversation: Conversation,
  target: Target,
  take: (name: string, report: ModelReport) => void,
): Promise<void> {
  return conversation.subscribe(filterFor(target, REPORTED), ({ topic, payload }: Arrival) => {
    const name = parsePath(topic)
    const report = payload.length === 0 ? undefined : attempt(() => decodeModelReport(payload))
    if (name !== undefined && report !== undefined) take(nameOf(name), report)
  })
}

export function nameOf({ site, node }: NodeName): string {
  return `${site}/${node}`
}

/** Publishes the chunks that do not stand at the broker yet. Returns how many messages and bytes that took. */
export async function publishChunks(
  conversation: Conversation,
  file: ModelFile,
  options: { chunkBytes?: number; progress?: (sent: number, all: number) => void } = {},
): Promise<{ messages: number; bytes: number }> {
  const { description, chunks } = cutModel(file, options.chunkBytes)
  const standing = await conversation.collect(chunkTopic(file.id), chunks.length + 1)
  let [messages, bytes] = [0, 0]
  for (const [number, chunk] of chunks.entries()) {
    const topic = chunkTopic(file.id, number)
    const held = standing.get(topic)
    if (held === undefined || sha256(held) !== description.chunkDigests[number]) {
      await conversation.publish({ topic, payload: chunk, retain: true, schema: 'model chunk' })
      messages++
      bytes += chunk.length
    }
    options.progress?.(number + 1, chunks.length)
  }
  return { messages, bytes }
}

export function publishManifest(
  conversation: Conversation,
  target: Target,
  envelope: Uint8Array,
): Promise<void> {
  const topic = desiredTopic(target)
  return conversation.publish({ topic, payload: envelope, retain: true, schema: 'firsteight.v1.Envelope' })
}

function filterFor({ site, node }: Target, path: string): string {
  return pathFilter(path, { ...(site !== '' && { site }), ...(node !== '' && { node }) })
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}
