import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FirsteightError, messageOf } from '../../core/errors.js'
import { packageFile } from '../../core/package-files.js'
import { digestOf } from '../files.js'
import { Capture } from './capture.js'
import {
  type CaptureEntry,
  type Manifest,
  readManifest,
  summarizeCommands,
  writeManifest,
} from './manifest.js'
import { requireNamespaceRight } from './namespace.js'
import { run } from './process.js'
import { findProgram, type ProgramName, packageOf, requirePrograms, versionOptionOf } from './programs.js'
import type { Scenario } from './scenario.js'
import { Stage } from './stage.js'

/** Where firsteight itself lies; this file is dist/lab/record/recorder.js in it. */
const PROJECT_FOLDER = resolve(packageFile('.'))

/** What happens during a recording, for people to follow. */
export interface RecordProgress {
  scenario: string
  /** From 1. */
  number: number
  total: number
  /** Captures of the scenario once it is done; undefined when it starts. */
  captures?: CaptureEntry[]
}

export interface RecordOptions {
  /** Created when missing; captures of the same name in it are replaced. */
  outputFolder: string
  /** Names of the scenarios to play; the folder's other captures stay, and so do their entries in its manifest. */
  only?: readonly string[] | undefined
  onProgress?: (progress: RecordProgress) => void
  /** Stops the recording; what it started is ended and removed, finished captures stay, no manifest is written. */
  signal?: AbortSignal | undefined
  /** Scenarios that play at the same time, each in namespaces of its own. Default 1. */
  atOnce?: number
  /** How often a scenario is tried whose program fails. Default 1. */
  attempts?: number
}

/** Programs that the recorder itself needs. */
const OWN_PROGRAMS: readonly ProgramName[] = ['ip', 'tcpdump']

/**
 * Records scenarios one after another, each in network namespaces of its own.
 * @returns the manifest, also written into the folder
 * @throws FirsteightError USAGE, LAB_NO_RIGHT, LAB_PROGRAM_MISSING before anything is started;
 *   LAB_PROGRAM_FAILED, FILE_UNWRITABLE; the signal's reason when aborted
 */
export async function record(all: readonly Scenario[], options: RecordOptions): Promise<Manifest> {
  const scenarios = chooseScenarios(all, options.only)
  const names = new Set([...OWN_PROGRAMS, ...scenarios.flatMap((scenario) => scenario.programs)])
  const paths = requirePrograms([...names])
  requireNamespaceRight()
  const before = options.only === undefined ? [] : await earlierCaptures(options.outputFolder, scenarios)
  await makeFolder(options.outputFolder)
  const versions = await readVersions(paths)

  const captures: CaptureEntry[][] = []
  const queue = scenarios.entries()
  const failure = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal
  const playFromQueue = async () => {
    for (const [index, scenario] of queue) {
      const progress = { scenario: scenario.name, number: index + 1, total: scenarios.length }
      options.onProgress?.(progress)
      const recorded = await tryScenario(scenario, paths, versions, { ...options, signal })
      captures[index] = recorded
      options.onProgress?.({ ...progress, captures: recorded })
    }
  }
  // The first failure ends the others in an orderly way before it is reported.
  const players = Array.from({ length: options.atOnce ?? 1 }, () =>
    playFromQueue().catch((error: unknown) => failure.abort(error)),
  )
  await Promise.all(players)
  signal.throwIfAborted()
  const manifest = { recorded: new Date().toISOString(), captures: [...before, ...captures.flat()] }
  await writeManifest(options.outputFolder, manifest)
  return manifest
}

/** Plays a scenario again from the start when one of its programs failed, as often as the options allow. */
async function tryScenario(
  scenario: Scenario,
  paths: ReadonlyMap<ProgramName, string>,
  versions: ReadonlyMap<ProgramName, string>,
  options: RecordOptions,
): Promise<CaptureEntry[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await recordScenario(scenario, paths, versions, options)
    } catch (error) {
      const again = error instanceof FirsteightError && error.code === 'LAB_PROGRAM_FAILED'
      if (!again || attempt >= (options.attempts ?? 1)) throw error
    }
  }
}

async function recordScenario(
  scenario: Scenario,
  paths: ReadonlyMap<ProgramName, string>,
  versions: ReadonlyMap<ProgramName, string>,
  options: RecordOptions,
): Promise<CaptureEntry[]> {
  const stage = await Stage.create(paths, options.signal)
  const running: Capture[] = []
  try {
    const play = await scenario.prepare(stage)
    const tcpdump = stage.path('tcpdump')
    for (const plan of play.captures) {
      const file = join(options.outputFolder, plan.file)
      running.push(await Capture.start(tcpdump, plan.namespace, plan.networkInterface, plan.filter, file))
    }
    const started = Date.now()
    await play.traffic()
    options.signal?.throwIfAborted()
    await stage.stopPrograms()
    const durationSeconds = Math.round((Date.now() - started) / 100) / 10

    const captureCommands = running.map((capture) => capture.command)
    const commands = summarizeCommands([...captureCommands, ...stage.commands], {
      $WORK: stage.folder,
      $OUT: options.outputFolder,
      $FIRSTEIGHT: PROJECT_FOLDER,
    })
    const entries: CaptureEntry[] = []
    for (const plan of play.captures) {
      const packets = await running.shift()!.finish()
      entries.push({
        file: plan.file,
        scenario: scenario.name,
        class: scenario.class,
        holds: plan.holds,
        ...(plan.beginsWithDns && { beginsWithDns: plan.beginsWithDns }),
        programs: [...OWN_PROGRAMS, ...scenario.programs].map((program) => ({
          program,
          package: packageOf(program),
          version: versions.get(program) ?? '',
        })),
        commands,
        durationSeconds,
        packets,
        sha256: await digestOf(join(options.outputFolder, plan.file)),
      })
    }
    return entries
  } finally {
    for (const capture of running) await capture.discard()
    await stage.clear()
  }
}

function chooseScenarios(all: readonly Scenario[], only: readonly string[] | undefined): readonly Scenario[] {
  if (only === undefined) return all
  const names = all.map(({ name }) => name)
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new FirsteightError('USAGE', `no such scenario: ${unknown.join(', ')}`, {
      hint: `There are: ${names.join(', ')}.`,
      details: { unknown, names },
    })
  }
  return all.filter(({ name }) => only.includes(name))
}

/** What the folder's manifest says of captures that are not made anew. */
async function earlierCaptures(folder: string, scenarios: readonly Scenario[]): Promise<CaptureEntry[]> {
  const { captures } = await readManifest(folder)
  return captures.filter(({ scenario }) => !scenarios.some(({ name }) => name === scenario))
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    // A manifest of an earlier recording would not fit captures of this one.
    await rm(join(folder, 'manifest.json'), { force: true })
  } catch (error) {
    throw new FirsteightError('FILE_UNWRITABLE', `cannot use ${folder}: ${messageOf(error)}`, {
      hint: 'Choose a folder that can be written to.',
      cause: error,
    })
  }
}

/** Characters of a version that a manifest keeps. */
const VERSION_LENGTH = 100

/**
 * The line in which each program says its version, without the time that some put before it; of one that does not
 * say, the version of its Debian package.
 */
async function readVersions(paths: ReadonlyMap<ProgramName, string>): Promise<Map<ProgramName, string>> {
  const versions = new Map<ProgramName, string>()
  for (const [program, path] of paths) {
    const option = versionOptionOf(program)
    if (option === undefined) {
      versions.set(program, await packageVersion(packageOf(program)))
      continue
    }
    const { output } = await run([path, option], { timeoutMilliseconds: 5_000 })
    const line = output.split('\n').find((text) => /^\S.*\d\.\d/.test(text)) ?? ''
    versions.set(
      program,
      line
        .replace(/^\w{3} \d+ [\d:]+ /, '')
        .slice(0, VERSION_LENGTH)
        .trim(),
    )
  }
  return versions
}

/** Empty where there is no dpkg, or the program came another way. */
async function packageVersion(name: string): Promise<string> {
  const dpkgQuery = findProgram('dpkg-query')
  if (dpkgQuery === undefined) return ''
  const { code, output } = await run([dpkgQuery, '-W', name])
  return code === 0 ? output.trim().replace('\t', ' ').slice(0, VERSION_LENGTH) : ''
}
