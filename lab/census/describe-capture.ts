import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { digestOf } from '../files.js'
import type { CensusCapture } from './census.js'

/** What is known of a capture file before it is read. */
export interface DescribedCapture {
  capture: CensusCapture
  /** The first message of each direction of each flow is DNS, and no attack. */
  beginsWithDns: boolean
}

/**
 * Name, digest and label of a capture, and what the recording's manifest beside it says of these very bytes.
 * @throws FirsteightError FILE_UNREADABLE
 */
export async function describeCapture(file: string): Promise<DescribedCapture> {
  const name = basename(file)
  const sha256 = await digestOf(file)
  const program = name.replace(/(\.(pcap|pcapng|cap|gz))+$/i, '').replace(/^(clean|attack)-/, '')
  const noted = await manifestEntry(join(dirname(file), 'manifest.json'), name, sha256)
  const { software = [], commands = [], beginsWithDns = false } = noted ?? {}
  return { capture: { name, sha256, program, software, commands }, beginsWithDns }
}

/** What a recording's manifest says of a capture; undefined when there is none, or it is of other bytes. */
async function manifestEntry(
  path: string,
  name: string,
  sha256: string,
): Promise<{ software: string[]; commands: string[]; beginsWithDns: boolean } | undefined> {
  let manifest: { captures?: unknown }
  try {
    manifest = JSON.parse(await readFile(path, 'utf8')) as typeof manifest
  } catch {
    return undefined
  }
  const entries = Array.isArray(manifest?.captures) ? (manifest.captures as Record<string, unknown>[]) : []
  const entry = entries.find((candidate) => candidate?.file === name && candidate.sha256 === sha256)
  if (!entry) return undefined
  const programs = Array.isArray(entry.programs) ? (entry.programs as Record<string, unknown>[]) : []
  return {
    beginsWithDns: entry.beginsWithDns === true,
    software: programs.map((program) => `${program?.program ?? ''} ${program?.version ?? ''}`.trim()).filter(Boolean),
    commands: (Array.isArray(entry.commands) ? entry.commands : []).filter(
      (command): command is string => typeof command === 'string' && command.trim() !== '',
    ),
  }
}
