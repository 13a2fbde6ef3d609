import type { ContextName } from '../../core/contexts.js'
import { Kernel } from '../../core/kernel.js'
import type { Census } from '../census/census.js'
import { deployedLosses } from './deployed-losses.js'
import type { FitSettings } from './fit.js'
import { holdOut, programsWith, SERVERS, streamsOf } from './hold-out-server.js'
import { trainOnce } from './train-once.js'
import { joinCensuses } from './training-data.js'
import { TrainingKernel } from './training-kernel.js'

/** How a context's network fares on a server that it never saw. */
export interface LeftOut {
  server: string
  context: ContextName
  /** Of the left-out captures; `unseen` are the patterns that the others lack. */
  patterns: number
  unseen: number
  streams: number
  threshold: number
  /** By loss, highest first. */
  falseAlarms: { pattern: string; streams: number; loss: number }[]
}

/**
 * For each server of the test bed: trains without every capture in which it took part, and scores what those
 * captures hold. A server that no capture or every capture names is passed over.
 * @throws FirsteightError TRAINING_DATA when a context has too few streams; the signal's reason when aborted
 */
export async function leaveOneOut(
  census: Census,
  settings: FitSettings,
  options: { onResult?: ((result: LeftOut) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<LeftOut[]> {
  const training = await TrainingKernel.load()
  const scoring = await Kernel.load({ seed: 0 })
  const joined = joinCensuses([census])
  const results: LeftOut[] = []
  for (const server of SERVERS) {
    const left = programsWith(census, server)
    for (const data of joined) {
      const { kept, heldOut } = holdOut(data, left)
      if (kept.patterns.length === 0 || heldOut.patterns.length === 0) continue
      const { network, threshold } = await trainOnce(training, scoring, kept, settings, options)
      const known = new Set(kept.patterns.map(({ bytes }) => hexOf(bytes)))
      const losses = deployedLosses(
        scoring,
        network,
        heldOut.patterns.map(({ bytes }) => bytes),
      )
      const judged = heldOut.patterns.map((pattern, index) => ({
        pattern: hexOf(pattern.bytes),
        streams: streamsOf(pattern),
        loss: losses[index]!,
      }))
      const result = {
        server,
        context: data.context,
        patterns: judged.length,
        unseen: judged.filter(({ pattern }) => !known.has(pattern)).length,
        streams: heldOut.streams,
        threshold,
        falseAlarms: judged.filter(({ loss }) => loss > threshold).sort((a, b) => b.loss - a.loss),
      }
      results.push(result)
      options.onResult?.(result)
    }
  }
  return results
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
