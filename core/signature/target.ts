import { FirsteightError } from '../errors.js'
import { type NodeName, nameProblem } from '../topics.js'

/** Whom a statement is for. Both empty: every agent. Only `site`: every agent of that site. */
export interface Target {
  readonly site: string
  readonly node: string
}

export const EVERY_NODE: Target = { site: '', node: '' }

/** What is wrong with a target, or undefined when it is right. */
export function targetProblem({ site, node }: Target): string | undefined {
  if (site === '') return node === '' ? undefined : 'names a node without its site'
  const siteProblem = nameProblem(site)
  if (siteProblem !== undefined) return `its site ${siteProblem}`
  const problem = node === '' ? undefined : nameProblem(node)
  return problem === undefined ? undefined : `its node ${problem}`
}

export function includes(target: Target, name: NodeName): boolean {
  if (target.site === '') return true
  return target.site === name.site && (target.node === '' || target.node === name.node)
}

/** `all`, `branch-17`, or `branch-17/gate`. */
export function formatTarget({ site, node }: Target): string {
  if (site === '') return 'all'
  return node === '' ? site : `${site}/${node}`
}

/**
 * Reads what `formatTarget` writes.
 * @throws FirsteightError TOPIC_INVALID
 */
export function parseTarget(text: string): Target {
  if (text === 'all') return EVERY_NODE
  const [site = '', node, ...rest] = text.split('/')
  const target = { site, node: node ?? '' }
  const problem = site === '' || node === '' || rest.length > 0 ? 'is no target' : targetProblem(target)
  if (problem === undefined) return target
  throw new FirsteightError('TOPIC_INVALID', `target ${JSON.stringify(text)}: ${problem}`, {
    hint: 'Name one node as SITE/NODE, one site as SITE, or every node as all.',
  })
}
