import { FirsteightError } from './errors.js'
import { isPrintable } from './text.js'

/**
 * The topic tree: `firsteight/v1/<site>/<node>/<channel>`.
 * Site and node are names of one topic level each.
 */

const ROOT = 'firsteight/v1'
/** Longest site or node name, UTF-8 bytes. */
export const MAXIMUM_NAME_BYTES = 64

/** What an agent publishes on. */
export const CHANNELS = ['anomaly', 'status'] as const
export type Channel = (typeof CHANNELS)[number]

/** Who speaks: where the agent stands and which one it is. */
export interface NodeName {
  site: string
  node: string
}

export interface ParsedTopic extends NodeName {
  channel: Channel
}

/** What is wrong with a site or node name, or undefined when it is right. */
export function nameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be text'
  if (name === '') return 'must not be empty'
  if (Buffer.byteLength(name) > MAXIMUM_NAME_BYTES) return `must be at most ${MAXIMUM_NAME_BYTES} bytes long`
  if (/[/+#$]/.test(name)) return 'must not contain any of / + # $'
  if (!isPrintable(name)) return 'must not contain control characters'
  return undefined
}

/**
 * Topic that a node publishes on.
 * @throws FirsteightError TOPIC_INVALID naming `site` or `node`
 */
export function nodeTopic(name: NodeName, channel: Channel): string {
  return `${ROOT}/${checkedName('site', name.site)}/${checkedName('node', name.node)}/${channel}`
}

/**
 * Subscription filter for a channel of every node, or of one site, one node, or one node of one site.
 * @throws FirsteightError TOPIC_INVALID naming `site` or `node`
 */
export function channelFilter(channel: Channel, only: { site?: string; node?: string } = {}): string {
  const site = only.site === undefined ? '+' : checkedName('site', only.site)
  const node = only.node === undefined ? '+' : checkedName('node', only.node)
  return `${ROOT}/${site}/${node}/${channel}`
}

/** Parts of a topic of the tree; undefined for any other topic. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  const [product, version, site, node, channel, ...rest] = topic.split('/', 6)
  if (`${product}/${version}` !== ROOT || rest.length > 0) return undefined
  if (nameProblem(site) !== undefined || nameProblem(node) !== undefined) return undefined
  if (!CHANNELS.includes(channel as Channel)) return undefined
  return { site: site!, node: node!, channel: channel as Channel }
}

function checkedName(field: 'site' | 'node', name: string): string {
  const problem = nameProblem(name)
  if (problem === undefined) return name
  throw new FirsteightError('TOPIC_INVALID', `${field} ${JSON.stringify(name)}: ${problem}`, {
    hint: `Choose a ${field} name such as "branch-17"; it becomes one level of the MQTT topic.`,
    details: { field },
  })
}
