import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '../../core/write-file.js'

/** What a capture's streams are: all DNS; attacks; or tunnels in well-formed DNS, which eight bytes cannot tell. */
export type CaptureClass = 'clean' | 'attack' | 'tunnel'

/** A program that took part, as it names itself. */
export interface ProgramVersion {
  program: string
  /** Debian package. */
  package: string
  /** First line of what the program says of its version; empty when it does not say. */
  version: string
}

/** One capture file and how it came to be. */
export interface CaptureEntry {
  /** File name beside the manifest. */
  file: string
  scenario: string
  class: CaptureClass
  /** Which part of the scenario's traffic the file holds, for people. */
  holds: string
  /** Of an attack: the first message of each direction of each flow is DNS, and no attack. */
  beginsWithDns?: true
  programs: ProgramVersion[]
  /** Commands in order, `$WORK` for the temporary folder, `$OUT` for this one; many of one program are counted. */
  commands: string[]
  durationSeconds: number
  packets: number
  /** SHA-256 of the file, lower-case hexadecimal. */
  sha256: string
}

/** `manifest.json` beside a recording's captures. */
export interface Manifest {
  /** ISO 8601, when the last capture ended. */
  recorded: string
  captures: CaptureEntry[]
}

export const MANIFEST_NAME = 'manifest.json'

/**
 * Writes the manifest whole or not at all.
 * @returns its path
 * @throws FirsteightError FILE_UNWRITABLE
 */
export async function writeManifest(folder: string, manifest: Manifest): Promise<string> {
  const path = join(folder, MANIFEST_NAME)
  await writeFileWhole(path, `${JSON.stringify(manifest, undefined, 2)}\n`)
  return path
}

/** What a folder's manifest says; no captures where there is none or it cannot be read as one. */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST_NAME), 'utf8')) as Partial<Manifest>
    return { recorded: manifest.recorded ?? '', captures: manifest.captures ?? [] }
  } catch {
    return { recorded: '', captures: [] }
  }
}

/** How many commands of one program a manifest lists before it only counts them. */
const LISTED_COMMANDS = 12
/** Characters of a command that a manifest keeps. */
const COMMAND_LENGTH = 240

/**
 * Commands for the manifest: this machine's folders replaced, long ones cut, many of one program counted.
 * @param folders paths by the name that stands for each
 */
export function summarizeCommands(
  commands: readonly (readonly string[])[],
  folders: Readonly<Record<string, string>>,
): string[] {
  const counts = new Map<string, number>()
  const listed: string[] = []
  for (const command of commands) {
    const program = (command[0] ?? '').split('/').at(-1) ?? ''
    const seen = (counts.get(program) ?? 0) + 1
    counts.set(program, seen)
    if (seen > LISTED_COMMANDS) continue
    let text = [program, ...command.slice(1)].join(' ')
    for (const [name, folder] of Object.entries(folders)) text = text.replaceAll(folder, () => name)
    listed.push(text.length > COMMAND_LENGTH ? `${text.slice(0, COMMAND_LENGTH)} ...` : text)
  }
  for (const [program, seen] of counts) {
    if (seen > LISTED_COMMANDS) listed.push(`and ${seen - LISTED_COMMANDS} more of ${program}`)
  }
  return listed
}
