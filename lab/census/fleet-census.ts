import { createHash } from 'node:crypto'
import type { CensusPart } from '../../core/census-message.js'
import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { isoTime } from '../../core/message-json.js'
import { type Census, type CensusCapture, type CensusRow, PATTERN_LIMIT } from './census.js'

/** A message of an agent's census, and its digest for the record. */
export interface ReceivedCensus {
  census: CensusPart
  /** Of its bytes, lower-case hex. */
  sha256: string
}

/**
 * One census file of what agents counted: each agent is a capture, and the program of its rows. Streams whose pattern
 * found no room are cuts.
 * @param received each message once
 * @throws FirsteightError TRAINING_DATA when agents count with different masks, or there are too many patterns
 */
export function fleetCensus(received: readonly ReceivedCensus[]): Census {
  const masks = new Map<ContextName, Uint8Array>()
  const rows = new Map<string, CensusRow>()
  const cuts = new Map<string, { context: ContextName; program: string; streams: number }>()
  for (const { census } of received) {
    const program = `${census.header.site}/${census.header.node}`
    for (const { context, inputMask, patterns, counts, overflow } of census.contexts) {
      const mask = masks.get(context)
      if (mask !== undefined && !Buffer.from(mask).equals(inputMask)) throw differentMasks(received, context)
      masks.set(context, inputMask)
      const hex = Buffer.from(patterns.buffer, patterns.byteOffset, patterns.length).toString('hex')
      for (const [index, count] of counts.entries()) {
        const pattern = hex.slice(16 * index, 16 * index + 16)
        const key = `${context}\t${program}\t${pattern}`
        const row = rows.get(key)
        if (row) row.count += count
        else rows.set(key, { context, program, pattern, count })
      }
      if (overflow === 0) continue
      const key = `${context}\t${program}`
      const cut = cuts.get(key)
      if (cut) cut.streams += overflow
      else cuts.set(key, { context, program, streams: overflow })
    }
  }
  const all = [...rows.values()]
  for (const context of CONTEXT_NAMES) {
    const count = all.filter((row) => row.context === context).length
    if (count > PATTERN_LIMIT) throw tooMany(context, count)
  }
  const census: Census = { captures: capturesOf(received), masks, rows: all }
  if (cuts.size > 0) census.cuts = [...cuts.values()]
  return census
}

function capturesOf(received: readonly ReceivedCensus[]): CensusCapture[] {
  const byNode = new Map<string, ReceivedCensus[]>()
  for (const entry of received) {
    const name = `${entry.census.header.site}/${entry.census.header.node}`
    byNode.set(name, [...(byNode.get(name) ?? []), entry])
  }
  return [...byNode].map(([name, entries]) => {
    const digests = entries.map(({ sha256 }) => sha256).sort()
    const times = entries.map(({ census }) => census)
    const from = isoTime(Math.min(...times.map(({ fromMicroseconds }) => fromMicroseconds)))
    const to = isoTime(Math.max(...times.map(({ toMicroseconds }) => toMicroseconds)))
    const models = [...new Set(times.map(({ modelId }) => modelId))].sort()
    return {
      name,
      sha256: createHash('sha256').update(digests.join('\n')).digest('hex'),
      program: name,
      software: models.map((id) => `firsteight agent with model ${id}`),
      commands: [`counted live from ${from} to ${to}`],
    }
  })
}

function differentMasks(received: readonly ReceivedCensus[], context: ContextName): FirsteightError {
  const models = [...new Set(received.map(({ census }) => census.modelId.slice(0, 12)))].join(', ')
  return new FirsteightError(
    'TRAINING_DATA',
    `${context}: the agents count with different masks, because their models differ (${models})`,
    { hint: 'Choose the agents of one model: --model ID.', details: { context } },
  )
}

function tooMany(context: ContextName, count: number): FirsteightError {
  return new FirsteightError(
    'TRAINING_DATA',
    `${context}: ${count} patterns over all agents, expected at most ${PATTERN_LIMIT}`,
    { hint: 'Take fewer agents into one census: a site, or a node.', details: { context } },
  )
}
