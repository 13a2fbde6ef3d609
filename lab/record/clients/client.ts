import type { Namespace } from '../namespace.js'
import type { Stage } from '../stage.js'

/** Who asks whom. */
export interface Asking {
  stage: Stage
  namespace: Namespace
  /** Address of the server, on port 53. */
  server: string
}

/** Runs of at most so many items. */
export function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const runs: Item[][] = []
  for (let start = 0; start < items.length; start += size) runs.push(items.slice(start, start + size))
  return runs
}
