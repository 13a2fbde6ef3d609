import { createHash } from 'node:crypto'
import { CHUNK_BYTES, type Command, encodeEvidenceChunk, MOST_LISTED } from '../../core/command-message.js'
import { FirsteightError } from '../../core/errors.js'
import { type NodeName, nodePath } from '../../core/topics.js'
import { firsteight } from '../../generated/messages.js'
import type { Mailbox } from '../link/mailbox.js'
import type { Execute, Outcome } from './commands-part.js'

const { Order } = firsteight.v1

/** The evidence as commands need it. */
export interface EvidenceAccess {
  readonly store: EvidenceFiles | undefined
  isOpen(id: string): boolean
  capture(command: Command, signal: AbortSignal): Promise<{ packets: number; missed: number }>
}

export interface EvidenceFiles {
  readonly files: readonly { id: string; bytes: number; writtenAtMicroseconds: number }[]
  read(id: string): Promise<Uint8Array | undefined>
}

export interface OrdersDependencies {
  node: NodeName
  mailbox: Mailbox
  evidence: EvidenceAccess
  publishStatus(): void
  publishMetrics(): Promise<boolean>
  /** Publishes again what is retained. */
  announceAll(): void
  /** Reads the machine's own settings again. Returns what changed, and what of it waits for the next start. */
  reload(): { changed: string[]; waiting: string[] }
  /** What the agent counted, by name. */
  figures(): Map<string, number>
}

/** A stalled link must not hold a fetch for ever: so many tries, a second apart, for each chunk. */
const TRIES = 30
const RETRY_MILLISECONDS = 1000

/** What each kind of command does. */
export function ordersOf(dependencies: OrdersDependencies): Map<firsteight.v1.Order, Execute> {
  const { evidence, publishStatus, publishMetrics, announceAll } = dependencies
  const figures = () => [...dependencies.figures()].map(([name, value]) => ({ name, value }))
  return new Map<firsteight.v1.Order, Execute>([
    [
      Order.ORDER_STATUS,
      () => {
        publishStatus()
        return { message: 'the status is published', figures: figures() }
      },
    ],
    [
      Order.ORDER_METRICS,
      async () => {
        const published = await publishMetrics()
        return {
          message: published ? 'the metrics are published' : 'the broker did not take the metrics',
          figures: figures(),
        }
      },
    ],
    [
      Order.ORDER_REBIRTH,
      () => {
        publishStatus()
        announceAll()
        return { message: 'the status and everything retained are published again' }
      },
    ],
    [Order.ORDER_RELOAD, () => reloaded(dependencies.reload())],
    [
      Order.ORDER_LIST_EVIDENCE,
      () => {
        const files = filesOf(evidence).files.toReversed().slice(0, MOST_LISTED)
        return {
          message: `${files.length} files`,
          files: files.map(({ id, bytes, writtenAtMicroseconds }) => ({
            eventId: id,
            bytes,
            writtenAtMicroseconds,
          })),
        }
      },
    ],
    [Order.ORDER_FETCH_EVIDENCE, (command, signal) => fetchEvidence(dependencies, command, signal)],
    [
      Order.ORDER_CAPTURE,
      async (command, signal) => {
        filesOf(evidence)
        const { packets, missed } = await evidence.capture(command, signal)
        const offer = await offerOf(evidence, command.id)
        return {
          message: `${packets} packets captured`,
          figures: [
            { name: 'packets', value: packets },
            { name: 'missed_packets', value: missed },
          ],
          ...(offer && { evidence: offer.offer }),
        }
      },
    ],
  ])
}

function reloaded({ changed, waiting }: { changed: string[]; waiting: string[] }): Outcome {
  if (changed.length + waiting.length === 0) return { message: 'no setting has changed' }
  const wait = waiting.length === 0 ? '' : `; at the next start: ${waiting.join(', ')}`
  return { message: `in force: ${changed.join(', ') || 'nothing new'}${wait}`.slice(0, 1024) }
}

/** @throws FirsteightError EVIDENCE_OFF */
function filesOf({ store }: EvidenceAccess): EvidenceFiles {
  if (store !== undefined) return store
  throw new FirsteightError('EVIDENCE_OFF', 'this agent keeps no evidence', {
    hint: 'Set evidence.enabled, and stateFolder to a folder that the agent can write to.',
  })
}

async function offerOf(evidence: EvidenceAccess, eventId: string) {
  const complete = !evidence.isOpen(eventId)
  const content = await filesOf(evidence).read(eventId)
  if (content === undefined) return undefined
  const chunks = Math.max(1, Math.ceil(content.length / CHUNK_BYTES))
  const sha256 = createHash('sha256').update(content).digest()
  return { content, offer: { eventId, bytes: content.length, sha256, chunks, complete } }
}

async function fetchEvidence(
  { evidence, mailbox, node }: OrdersDependencies,
  { eventId, firstChunk }: Command,
  signal: AbortSignal,
): Promise<Outcome> {
  const found = await offerOf(evidence, eventId)
  if (found === undefined) {
    throw new FirsteightError('EVIDENCE_UNKNOWN', `there is no evidence of ${eventId} here`, {
      hint: 'It is at another node, or newer evidence needed its room.',
    })
  }
  const { content, offer } = found
  for (let number = firstChunk; number < offer.chunks; number++) {
    const data = content.subarray(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES)
    const message = {
      topic: nodePath(node, `evidence/${eventId}/${number}`),
      payload: encodeEvidenceChunk({
        eventId,
        number,
        chunks: offer.chunks,
        totalBytes: content.length,
        data,
      }),
      retain: false,
      expirySeconds: 600,
      schema: 'firsteight.v1.EvidenceChunk',
    }
    let left = TRIES
    while (!(await mailbox.send(message))) {
      if (left-- === 0 || signal.aborted) {
        throw new FirsteightError('EVIDENCE_INTERRUPTED', `the broker took chunks up to ${number - 1}`, {
          hint: 'Fetch it again; what arrived need not be sent again.',
        })
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS))
    }
  }
  return { message: `${offer.chunks - firstChunk} chunks sent`, evidence: offer }
}
