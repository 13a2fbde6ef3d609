import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import type { ModelFile } from '../../core/model-file.js'
import { type CalibrateOptions, calibrateModel, DEFAULT_CALIBRATION } from '../calibrate/calibrate.js'
import type { CensusFile } from '../calibrate/read-census-file.js'
import { requireLabels } from '../calibrate/require-labels.js'
import type { Census } from '../census/census.js'
import type { NamedCensus } from '../census/contradictions.js'
import { judgeStreams } from '../evaluate/judge.js'
import { ModelScores } from '../evaluate/model-scores.js'
import { programsWith, SERVERS, type ServerName } from './hold-out-server.js'
import { type TrainOptions, train } from './train.js'

/** How a context fares on a server that neither its network nor its threshold ever saw. */
export interface LeftOut {
  server: ServerName
  context: ContextName
  /** Of the left-out captures; `unseen` are the patterns that the others lack. */
  patterns: number
  unseen: number
  streams: number
  threshold: number
  /** By loss, highest first. */
  falseAlarms: { pattern: string; streams: number; loss: number; escalated: boolean }[]
}

export interface LeaveOneOutOptions {
  training: Omit<TrainOptions, 'name' | 'version'>
  calibration?: CalibrateOptions
  /** Default: all. */
  servers?: readonly ServerName[]
  onServer?: (server: ServerName, model: ModelFile) => void | Promise<void>
  onResult?: (result: LeftOut) => void
}

/**
 * For each server of the test bed: trains and calibrates as the shipped model was, without every capture in which the
 * server took part, and judges what those captures hold. Only the input masks come from all captures. A server that
 * no capture names, or without whose captures a context is empty, is passed over.
 * @throws FirsteightError those of `train` and `calibrateModel`; the signal's reason when aborted
 */
export async function leaveOneOut(
  clean: NamedCensus,
  attack: CensusFile,
  options: LeaveOneOutOptions,
): Promise<LeftOut[]> {
  requireLabels(attack)
  const results: LeftOut[] = []
  for (const server of options.servers ?? SERVERS) {
    const left = programsWith(clean.census, server)
    const kept = onlyFrom(clean.census, (program) => !left.has(program))
    const heldOut = onlyFrom(clean.census, (program) => left.has(program))
    if (heldOut.rows.length === 0) continue
    if (CONTEXT_NAMES.some((name) => !kept.rows.some(({ context }) => context === name))) continue
    const trained = await train(
      { censuses: [kept], sources: [clean] },
      { ...options.training, name: `without ${server}` },
    )
    const model = await calibrateModel(trained, attack, options.calibration ?? DEFAULT_CALIBRATION)
    await options.onServer?.(server, model)
    for (const result of await judgeHeldOut(server, model, kept, heldOut)) {
      results.push(result)
      options.onResult?.(result)
    }
  }
  return results
}

function onlyFrom(census: Census, wanted: (program: string) => boolean): Census {
  return {
    ...census,
    captures: census.captures.filter(({ program }) => wanted(program)),
    rows: census.rows.filter(({ program }) => wanted(program)),
  }
}

async function judgeHeldOut(
  server: ServerName,
  model: ModelFile,
  kept: Census,
  heldOut: Census,
): Promise<LeftOut[]> {
  const scores = await ModelScores.load(model)
  const known = new Set(kept.rows.map(({ context, pattern }) => `${context} ${pattern}`))
  return CONTEXT_NAMES.flatMap((context) => {
    const counts = new Map<string, number>()
    for (const row of heldOut.rows) {
      if (row.context === context) counts.set(row.pattern, (counts.get(row.pattern) ?? 0) + row.count)
    }
    if (counts.size === 0) return []
    const judged = judgeStreams(
      {
        ...{ file: server, kind: 'census', sha256: '', streamClass: 'clean', short: 0, midstream: 0 },
        labels: new Map([[server, undefined]]),
        streams: [...counts].map(([firstEight, count]) => ({
          ...{ context, firstEight, count, length: undefined, label: server, capture: server, flow: server },
        })),
      },
      scores,
    )
    const falseAlarms = judged
      .filter(({ flagged }) => flagged.model)
      .map(({ firstEight, count, score, escalated }) => ({
        pattern: firstEight,
        streams: count,
        loss: score.loss,
        escalated,
      }))
    return [
      {
        server,
        context,
        patterns: counts.size,
        unseen: [...counts.keys()].filter((pattern) => !known.has(`${context} ${pattern}`)).length,
        streams: [...counts.values()].reduce((sum, count) => sum + count, 0),
        threshold: model.byContext.get(context)!.threshold!,
        falseAlarms: falseAlarms.sort((a, b) => b.loss - a.loss),
      },
    ]
  })
}
