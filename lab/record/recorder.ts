import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FirsteightError, messageOf } from '../../core/errors.js'
import { Capture } from './capture.js'
import { type CaptureEntry, digestOf, type Manifest, summarizeCommands, writeManifest } from './manifest.js'
import { requireNamespaceRight } from './namespace.js'
import { run } from './process.js'
import { PROGRAMS, type ProgramName, requirePrograms } from './programs.js'
import type { Scenario } from './scenario.js'
import { Stage } from './stage.js'

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
  onProgress?: (progress: RecordProgress) => void
  /** Stops the recording; what it started is ended and removed, finished captures stay, no manifest is written. */
  signal?: AbortSignal | undefined
}

/** Programs that the recorder itself needs. */
const OWN_PROGRAMS: readonly ProgramName[] = ['ip', 'tcpdump']

/**
 * Records scenarios one after another, each in network namespaces of its own.
 * @returns the manifest, also written into the folder
 * @throws FirsteightError LAB_NO_RIGHT, LAB_PROGRAM_MISSING before anything is started;
 *   LAB_PROGRAM_FAILED, FILE_UNWRITABLE; the signal's reason when aborted
 */
export async function record(scenarios: readonly Scenario[], options: RecordOptions): Promise<Manifest> {
  const names = new Set([...OWN_PROGRAMS, ...scenarios.flatMap((scenario) => scenario.programs)])
  const paths = requirePrograms([...names])
  requireNamespaceRight()
  await makeFolder(options.outputFolder)
  const versions = await readVersions(paths)

  const captures: CaptureEntry[] = []
  for (const [index, scenario] of scenarios.entries()) {
    const progress = { scenario: scenario.name, number: index + 1, total: scenarios.length }
    options.onProgress?.(progress)
    const recorded = await recordScenario(scenario, paths, versions, options)
    captures.push(...recorded)
    options.onProgress?.({ ...progress, captures: recorded })
  }
  const manifest = { recorded: new Date().toISOString(), captures }
  await writeManifest(options.outputFolder, manifest)
  return manifest
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
    })
    const entries: CaptureEntry[] = []
    for (const plan of play.captures) {
      const packets = await running.shift()!.finish()
      entries.push({
        file: plan.file,
        scenario: scenario.name,
        class: scenario.class,
        holds: plan.holds,
        programs: [...OWN_PROGRAMS, ...scenario.programs].map((program) => ({
          program,
          package: PROGRAMS[program].package,
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

/** The line in which each program says its version, without the time that some put before it. */
async function readVersions(paths: ReadonlyMap<ProgramName, string>): Promise<Map<ProgramName, string>> {
  const versions = new Map<ProgramName, string>()
  for (const [program, path] of paths) {
    const parameters = PROGRAMS[program].version
    if (parameters === undefined) continue
    const { output } = await run([path, ...parameters], { timeoutMilliseconds: 5_000 })
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
