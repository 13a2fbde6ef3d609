import { contextName } from '../core/contexts.js'
import { isoTime } from '../core/message-json.js'
import type { ModelReport, ModelSlot, Rollout, ShadowFigures } from '../core/model-report.js'
import { formatTarget } from '../core/signature/target.js'
import { firsteight } from '../generated/messages.js'
import { type FleetNode, nameOf } from './model-fleet.js'
import { textTable } from './text-table.js'

const { RolloutStage, RolloutState } = firsteight.v1

/** Agents and their models, a row each. */
export function fleetTable(nodes: readonly FleetNode[]): string {
  if (nodes.length === 0) return 'no agents'
  return textTable({
    heading: ['agent', 'online', 'active model', 'rollout', 'state', 'what', 'reason'],
    left: [0, 1, 2, 3, 4, 5, 6],
    rows: nodes.map((node) => {
      const { report } = node
      const rollout = report?.rollout
      return [
        nameOf(node),
        node.online ? 'yes' : 'no',
        report ? slotText(report.active) : 'never reported',
        rollout ? stageText(rollout) : '',
        rollout ? RolloutState[rollout.state]! : '',
        rollout ? activityText(rollout) : '',
        [rollout?.code, rollout?.reason, report?.problem].filter(Boolean).join(': '),
      ]
    }),
  })
}

function slotText({ id, name, version, signerName }: ModelSlot): string {
  return `${name} ${version} (${id.slice(0, 12)}${signerName === '' ? '' : `, signed by ${signerName}`})`
}

function stageText({ stage, modelId }: Rollout): string {
  return `${RolloutStage[stage]!.toLowerCase()} ${modelId.slice(0, 12)}`
}

function activityText({ activity, chunksHeld, chunks, shadow, watch }: Rollout): string {
  if (activity === 'fetching') return `fetching ${chunksHeld} of ${chunks}`
  if (activity === 'watching' && watch) return `watching, ${watch.intervals} intervals`
  if (watch) return `${watch.anomalies} of ${watch.streams} anomalous`
  if (!shadow) return activity
  const { streams, activeAnomalies, candidateAnomalies } = sumOf(shadow)
  const figures = `${candidateAnomalies} of ${streams} anomalous, active ${activeAnomalies}`
  return activity === '' ? figures : `${activity}: ${figures}`
}

/** A shadow's figures over all contexts. */
export function sumOf({ contexts }: ShadowFigures) {
  const sum = (of: 'streams' | 'activeAnomalies' | 'candidateAnomalies') =>
    contexts.reduce((total, context) => total + context[of], 0)
  return {
    streams: sum('streams'),
    activeAnomalies: sum('activeAnomalies'),
    candidateAnomalies: sum('candidateAnomalies'),
  }
}

/** One agent, for `--json`. */
export function nodeJson({ site, node, online, report }: FleetNode): Record<string, unknown> {
  return { site, node, online, ...(report && reportJson(report)) }
}

function reportJson(report: ModelReport): Record<string, unknown> {
  const { active, previous, candidate, rollout, refused, lastRefusal, problemCode, problem } = report
  return {
    reportedAt: isoTime(report.header.publishedAtMicroseconds),
    active,
    previous,
    candidate,
    rollout: rollout ? rolloutJson(rollout) : null,
    refused,
    lastRefusal: lastRefusal
      ? { ...lastRefusal, atMicroseconds: undefined, at: isoTime(lastRefusal.atMicroseconds) }
      : null,
    ...(problemCode !== '' && { problemCode, problem }),
  }
}

function rolloutJson(rollout: Rollout): Record<string, unknown> {
  const { sinceMicroseconds, shadow, watch, target, ...rest } = rollout
  return {
    ...rest,
    stage: RolloutStage[rollout.stage],
    state: RolloutState[rollout.state],
    target: formatTarget(target),
    since: isoTime(sinceMicroseconds),
    shadow: shadow
      ? {
          ...shadow,
          contexts: shadow.contexts.map((figures) => ({ ...figures, context: contextName(figures.context) })),
          examples: shadow.examples.map((example) => ({
            ...example,
            context: contextName(example.context),
            firstEight: Buffer.from(example.firstEight).toString('hex'),
          })),
        }
      : null,
    watch: watch ?? null,
  }
}
