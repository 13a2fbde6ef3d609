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
  return pathFilter(channel, only)
}

/** The same for any levels below site and node, such as `config/reported`; they may hold wildcards. */
export function pathFilter(path: string, only: { site?: string; node?: string } = {}): string {
  const site = only.site === undefined ? '+' : checkedName('site', only.site)
  const node = only.node === undefined ? '+' : checkedName('node', only.node)
  return `${ROOT}/${site}/${node}/${path}`
}

/** Parts of a topic of the tree; undefined for any other topic. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  const [product, version, site, node, channel, ...rest] = topic.split('/', 6)
  if (`${product}/${version}` !== ROOT || rest.length > 0) return undefined
  if (nameProblem(site) !== undefined || nameProblem(node) !== undefined) return undefined
  if (!CHANNELS.includes(channel as Channel)) return undefined
  return { site: site!, node: node!, channel: channel as Channel }
}

/**
 * Stands in place of a node or a site in the topics of what is for all of them. No agent can have this name:
 * the configuration wants a letter or digit first.
 */
const EVERY = '_all'

/** Topic of a node below its channels, such as `config/reported` or `cmd/<id>/result`. */
export function nodePath(name: NodeName, path: string): string {
  return `${ROOT}/${checkedName('site', name.site)}/${checkedName('node', name.node)}/${path}`
}

/** Subscription filter for that topic of every node. */
export function everyNodePath(path: string): string {
  return `${ROOT}/+/+/${path}`
}

/** Topic of what is for a node, for every node of a site (no node), or for every node (neither). */
export function targetPath(target: { site: string; node: string }, path: string): string {
  return nodePath({ site: target.site || EVERY, node: target.node || EVERY }, path)
}

/** The three topics on which something for this node may come: its own, its site's, everybody's. */
export function pathsToward({ site, node }: NodeName, path: string): string[] {
  return [
    { site, node },
    { site, node: '' },
    { site: '', node: '' },
  ].map((target) => targetPath(target, path))
}

/** Site, node and the levels below of any topic of the tree; undefined for any other topic. */
export function parsePath(topic: string): (NodeName & { path: string }) | undefined {
  const [product, version, site, node, ...rest] = topic.split('/')
  if (`${product}/${version}` !== ROOT || rest.length === 0) return undefined
  if (nameProblem(site) !== undefined || nameProblem(node) !== undefined) return undefined
  return { site: site!, node: node!, path: rest.join('/') }
}

/** Whether a topic is one of those that a subscription filter means (MQTT 5 section 4.7). */
export function matchesFilter(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  const rest = wanted.indexOf('#')
  if (rest < 0 ? wanted.length !== levels.length : levels.length < rest) return false
  return wanted
    .slice(0, rest < 0 ? undefined : rest)
    .every((level, at) => level === '+' || level === levels[at])
}

function checkedName(field: 'site' | 'node', name: string): string {
  const problem = nameProblem(name)
  if (problem === undefined) return name
  throw new FirsteightError('TOPIC_INVALID', `${field} ${JSON.stringify(name)}: ${problem}`, {
    hint: `Choose a ${field} name such as "branch-17"; it becomes one level of the MQTT topic.`,
    details: { field },
  })
}
