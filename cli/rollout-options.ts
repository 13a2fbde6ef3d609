import { randomUUID } from 'node:crypto'
import { type Command, Option } from 'commander'
import type { ModelFile } from '../core/model-file.js'
import {
  cutModel,
  DEFAULT_BOUNDS,
  encodeManifest,
  type ModelManifest,
  type RolloutBounds,
  type StageName,
} from '../core/model-manifest.js'
import { parseTarget, type Target } from '../core/signature/target.js'
import { positive, share, wholeNumber } from './number-options.js'
import { type SigningFlags, signNow } from './signing.js'

/** What every order about a model says, beside the model and the stage. */
export interface RolloutFlags extends SigningFlags {
  target: Target
  force?: true
  minimumVersion: number
  minimumStreams: number
  maximumIncrease: number
  maximumDecrease: number
  shadowSeconds: number
  deadlineSeconds: number
  watchIntervals: number
  maximumFaults: number
  maximumStarts: number
}

const MOST_SECONDS = 1_209_600
const ANY = Number.MAX_SAFE_INTEGER

export function addTargetOption(command: Command): Command {
  return command.addOption(
    new Option('--target <target>', 'SITE/NODE, SITE, or all').argParser(parseTarget).makeOptionMandatory(),
  )
}

export function addRolloutOptions(command: Command): Command {
  const { minimumStreams, maximumIncrease, maximumDecrease, shadowSeconds } = DEFAULT_BOUNDS
  const { deadlineSeconds, watchIntervals, maximumFaults, maximumStarts } = DEFAULT_BOUNDS
  return addTargetOption(command)
    .option('--force', 'also where an agent has refused the model or returned from it before')
    .option(
      '--minimum-version <number>',
      'from now on agents take no lower version, not even as a rollback',
      wholeNumber(0, ANY),
      0,
    )
    .option('--minimum-streams <number>', 'fewer are not judged', wholeNumber(1, ANY), minimumStreams)
    .option(
      '--maximum-increase <share>',
      'how far the anomalous share of streams may rise',
      share,
      maximumIncrease,
    )
    .option('--maximum-decrease <share>', 'how far it may fall', share, maximumDecrease)
    .option(
      '--shadow-seconds <seconds>',
      'a shadow runs so long',
      wholeNumber(1, MOST_SECONDS),
      shadowSeconds,
    )
    .option(
      '--deadline-seconds <seconds>',
      'until an agent has fetched and judged the model',
      wholeNumber(1, MOST_SECONDS),
      deadlineSeconds,
    )
    .option(
      '--watch-intervals <number>',
      'metric intervals after the switch in which agents return by themselves',
      wholeNumber(1, 1000),
      watchIntervals,
    )
    .option('--maximum-faults <number>', 'alerts that may fail in them', wholeNumber(0, 1e6), maximumFaults)
    .option('--maximum-starts <number>', 'starts of the agent in them', wholeNumber(1, 100), maximumStarts)
}

export function addStageOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--stage <stage>', 'shadow, canary (a share of the agents) or all')
        .choices(['shadow', 'canary', 'all'])
        .default('shadow'),
    )
    .option('--share <share>', 'of the agents, in shadow and canary', positiveShare)
    .option('--rollout <id>', 'UUID of the rollout that this stage continues (default: a new one)')
}

export function positiveShare(text: string): number {
  return Math.min(positive(text), share(text))
}

/** The manifest's name of a stage as people write it. */
export function stageOf(word: 'shadow' | 'canary' | 'all'): StageName {
  return word === 'all' ? 'full' : word
}

function boundsFrom(flags: RolloutFlags): RolloutBounds {
  const { minimumStreams, maximumIncrease, maximumDecrease, shadowSeconds } = flags
  const { deadlineSeconds, watchIntervals, maximumFaults, maximumStarts } = flags
  return {
    minimumStreams,
    maximumIncrease,
    maximumDecrease,
    shadowSeconds,
    deadlineSeconds,
    watchIntervals,
    maximumFaults,
    maximumStarts,
  }
}

/** The manifest of one stage. */
export function manifestOf(
  file: ModelFile,
  flags: RolloutFlags,
  stage: { name: StageName; share: number; rolloutId?: string | undefined },
): ModelManifest {
  return {
    rolloutId: stage.rolloutId ?? randomUUID(),
    stage: stage.name,
    model: cutModel(file).description,
    leave: undefined,
    share: stage.share,
    force: flags.force ?? false,
    minimumVersion: flags.minimumVersion,
    bounds: boundsFrom(flags),
  }
}

/**
 * @returns the bytes of a signed manifest
 * @throws FirsteightError USAGE, KEY_INVALID, MESSAGE_INVALID, FILE_UNREADABLE
 */
export function signManifest(
  manifest: ModelManifest,
  target: Target,
  flags: SigningFlags,
): Promise<Uint8Array> {
  return signNow(
    { payloadType: 'firsteight.v1.ModelManifest', payload: encodeManifest(manifest), target },
    flags,
  )
}
