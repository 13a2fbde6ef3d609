import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../stage.js'
import { makeZones, rootHints } from './zone-data.js'

/** A zone on disk, as a server is told of it. */
export interface ZoneFile {
  /** With final dot. */
  origin: string
  /** Path; the file is missing for a zone that is meant not to load. */
  file: string
  signed: boolean
}

/** DS data of the root's key: key tag, algorithm, digest type, digest in hexadecimal (RFC 4034 section 5). */
export interface TrustAnchor {
  keyTag: string
  algorithm: string
  digestType: string
  digest: string
}

/** The closed world's zones, signed from the root down with keys of this recording. */
export interface ZoneSet {
  zones: ZoneFile[]
  /** Path of a root hints file. */
  hints: string
  anchor: TrustAnchor
}

/** Programs that `signZones` runs. */
export const SIGNING_PROGRAMS = ['dnssec-keygen', 'dnssec-signzone'] as const

/** Writes all zones into the stage's folder and signs those that are to be signed, children first. */
export async function signZones(stage: Stage, nameServer: string): Promise<ZoneSet> {
  const zones: ZoneFile[] = []
  for (const { origin, text, signed } of makeZones(nameServer)) {
    const name = origin === '.' ? 'root' : origin.slice(0, -1)
    if (text === undefined) {
      zones.push({ origin, file: join(stage.folder, `${name}.missing`), signed })
      continue
    }
    const parentText = origin === '.' ? `${text}${await delegationSigner(stage, 'example.')}` : text
    const file = await stage.write(`${name}.zone`, parentText)
    zones.push({ origin, file: signed ? await signZone(stage, origin, file) : file, signed })
  }
  const hints = await stage.write('root.hints', rootHints(nameServer))
  return { zones, hints, anchor: readAnchor(await delegationSigner(stage, '.')) }
}

async function signZone(stage: Stage, origin: string, file: string): Promise<string> {
  const keys = ['-q', '-K', stage.folder, '-a', 'ECDSAP256SHA256']
  await stage.tool('dnssec-keygen', [...keys, '-f', 'KSK', origin])
  await stage.tool('dnssec-keygen', [...keys, origin])
  const signed = `${file}.signed`
  await stage.tool('dnssec-signzone', [
    ...['-q', '-S', '-K', stage.folder, '-d', stage.folder, '-o', origin, '-f', signed, file],
  ])
  return signed
}

/** DS records of a signed zone, which dnssec-signzone left in the folder. */
function delegationSigner(stage: Stage, origin: string): Promise<string> {
  return readFile(join(stage.folder, `dsset-${origin}`), 'utf8')
}

function readAnchor(records: string): TrustAnchor {
  const match = /\sDS\s+(\d+)\s+(\d+)\s+(\d+)\s+([0-9A-F ]+)/.exec(records)
  if (!match) throw new Error(`dnssec-signzone left no DS record: ${records}`)
  const [, keyTag, algorithm, digestType, digest] = match
  return {
    keyTag: keyTag!,
    algorithm: algorithm!,
    digestType: digestType!,
    digest: digest!.replaceAll(' ', ''),
  }
}
