import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import type { Conversation } from '../core/broker/conversation.js'
import { CHUNK_BYTES, type EvidenceOffer } from '../core/command-message.js'
import { FirsteightError } from '../core/errors.js'
import { firstSectionBytes } from '../core/pcapng-section.js'
import type { Target } from '../core/signature/target.js'
import { writeFileWhole } from '../core/write-file.js'
import { firsteight } from '../generated/messages.js'
import { sendCommand } from './send-command.js'
import type { SigningFlags } from './signing.js'

const { Order } = firsteight.v1

export interface FetchedEvidence {
  readonly site: string
  readonly node: string
  readonly offer: EvidenceOffer
  /** Of the first section, hex: what the alert says. */
  readonly sectionSha256: string
  readonly sectionBytes: number
}

/** A connection may lose chunks; what is missing is asked for again so often. */
const ROUNDS = 3

/**
 * Fetches a file of evidence in chunks, checks it, and only then writes it under its name. What has arrived stays in
 * `PATH.partial`, so that another run goes on from there.
 * @param options.sha256 hex, of the first section, as the alert says; undefined: only the whole is checked
 * @throws FirsteightError EVIDENCE_MISMATCH, EVIDENCE_INTERRUPTED, FILE_UNWRITABLE; as `sendCommand`
 */
export async function fetchEvidence(
  conversation: Conversation,
  options: {
    eventId: string
    path: string
    target: Target
    signing: SigningFlags
    quietSeconds: number
    sha256?: string | undefined
    progress: (arrived: number, chunks: number) => void
  },
): Promise<FetchedEvidence> {
  const { eventId, path, target, signing, quietSeconds, progress } = options
  const partial = `${path}.partial`
  let next = begin(partial)
  for (let round = 0; round < ROUNDS; round++) {
    const { evidence, header } = await sendCommand(
      conversation,
      { order: Order.ORDER_FETCH_EVIDENCE, eventId, firstChunk: next },
      {
        target,
        signing,
        quietSeconds,
        chunks: {
          eventId,
          take({ number, data, chunks }) {
            if (number !== next) return
            appendFileSync(partial, data)
            next++
            progress(next, chunks)
          },
        },
      },
    )
    if (evidence === null) throw mismatch('the agent says nothing of the file')
    if (next < evidence.chunks) continue
    const content = readFileSync(partial)
    if (!isOffered(content, evidence)) {
      // What an earlier run left may be of another file, or somebody else sent chunks.
      rmSync(partial)
      next = begin(partial)
      continue
    }
    const sectionBytes = firstSectionBytes(content)
    if (sectionBytes === undefined) throw mismatch('it is no evidence file')
    const sectionSha256 = digest(content.subarray(0, sectionBytes)).toString('hex')
    if (options.sha256 !== undefined && sectionSha256 !== options.sha256) {
      rmSync(partial)
      throw mismatch(`its first section has the hash ${sectionSha256}, and the alert says ${options.sha256}`)
    }
    await writeFileWhole(path, content, { mode: 0o600 })
    rmSync(partial, { force: true })
    return { site: header.site, node: header.node, offer: evidence, sectionSha256, sectionBytes }
  }
  throw new FirsteightError(
    'EVIDENCE_MISMATCH',
    `${eventId}: chunks are missing or changed after ${ROUNDS} tries`,
    {
      hint: 'Try again; if it stays so, find out who else publishes at the broker.',
    },
  )
}

/** @returns how many whole chunks are there already */
function begin(partial: string): number {
  try {
    if (!existsSync(partial)) writeFileSync(partial, '', { mode: 0o600 })
    const chunks = Math.floor(statSync(partial).size / CHUNK_BYTES)
    truncateSync(partial, chunks * CHUNK_BYTES)
    return chunks
  } catch (error) {
    throw new FirsteightError('FILE_UNWRITABLE', `cannot write ${partial}: ${(error as Error).message}`, {
      hint: 'Choose a place that can be written to.',
      cause: error,
    })
  }
}

function isOffered(content: Uint8Array, { bytes, sha256 }: EvidenceOffer): boolean {
  return content.length === bytes && Buffer.compare(digest(content), sha256) === 0
}

function digest(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest()
}

function mismatch(problem: string): FirsteightError {
  return new FirsteightError('EVIDENCE_MISMATCH', problem, {
    hint: 'Do not trust the file; find out who changed it.',
  })
}
