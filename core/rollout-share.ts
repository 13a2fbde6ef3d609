import { createHash } from 'node:crypto'
import type { NodeName } from './topics.js'

/** Bytes of the digest that are used: as many as a JavaScript number holds exactly. */
const BYTES = 6

/**
 * Where an agent stands in a rollout, from 0 to less than 1: evenly spread, the same whenever it is asked for, and
 * another in the next rollout, so that it is not always the same agents that go first.
 */
export function placeInRollout(rolloutId: string, { site, node }: NodeName): number {
  const digest = createHash('sha256').update(`${rolloutId}\0${site}/${node}`).digest()
  return digest.readUIntBE(0, BYTES) / 2 ** (8 * BYTES)
}

/** Whether a stage with this share includes the agent. Who is in a small share is in every larger one. */
export function isChosen(rolloutId: string, name: NodeName, share: number): boolean {
  return share >= 1 || placeInRollout(rolloutId, name) < share
}

/** The share that includes exactly `count` of these agents; 1 when there are no more than that. */
export function shareOf(rolloutId: string, names: readonly NodeName[], count: number): number {
  const places = names.map((name) => placeInRollout(rolloutId, name)).sort((a, b) => a - b)
  if (count >= places.length) return 1
  return (places[count - 1]! + places[count]!) / 2
}
