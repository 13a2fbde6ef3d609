import type { Target } from '../../core/signature/target.js'
import type { NodeName } from '../../core/topics.js'

/** The levels of the fleet that settings for an agent come from, each over the one before. */
export const LEVELS = ['all', 'site', 'node'] as const
export type Level = (typeof LEVELS)[number]

/** Whom a level's messages to this agent are for. */
export function levelTarget(level: Level, { site, node }: NodeName): Target {
  return { site: level === 'all' ? '' : site, node: level === 'node' ? node : '' }
}

/** The level of a target that includes the agent. */
export function levelOf({ site, node }: Target): Level {
  if (site === '') return 'all'
  return node === '' ? 'site' : 'node'
}
