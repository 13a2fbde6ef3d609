import type { Conversation } from '../core/broker/conversation.js'
import { FirsteightError } from '../core/errors.js'
import { MAXIMUM_MESSAGE_BYTES } from '../core/messages.js'
import { decodeReportedKeys, type ReportedKeys } from '../core/reported-config.js'
import { decodeStatement, openEnvelope } from '../core/signature/envelope.js'
import { EVERY_NODE } from '../core/signature/target.js'
import { decodeChain, encodeChain, MAXIMUM_CHAIN } from '../core/signature/trust-store.js'
import { decodeTrustedKeys, type TrustedKeys } from '../core/signature/trusted-keys.js'
import { parsePath, pathFilter, targetPath } from '../core/topics.js'
import { nameOf } from './fleet-desired.js'

const TOPIC = targetPath(EVERY_NODE, 'keys/desired')

/** The fleet's chain of keys: each change signed by a key of the one before. */
export interface KeyChain {
  readonly envelopes: readonly Uint8Array[]
  /** At its end; undefined: the keys were never changed since enrolment. */
  readonly keys: TrustedKeys | undefined
}

/** @throws FirsteightError ENVELOPE_MALFORMED, TRUST_INVALID */
export function readChain(bytes: Uint8Array | undefined): KeyChain {
  if (bytes === undefined || bytes.length === 0) return { envelopes: [], keys: undefined }
  const envelopes = decodeChain(bytes)
  const { payload, revision } = decodeStatement(openEnvelope(envelopes.at(-1)!).statement)
  return { envelopes, keys: decodeTrustedKeys(payload, revision) }
}

/**
 * A chain with one more change. The oldest changes give way where it would become too long: an agent that slept through
 * all of those that are left must be enrolled again.
 */
export function lengthened({ envelopes }: KeyChain, envelope: Uint8Array): Uint8Array {
  let chain = [...envelopes, envelope].slice(-MAXIMUM_CHAIN)
  while (encodeChain(chain).length > MAXIMUM_MESSAGE_BYTES) chain = chain.slice(1)
  return encodeChain(chain)
}

export async function standingChain(conversation: Conversation): Promise<Uint8Array | undefined> {
  return (await conversation.collect(TOPIC)).get(TOPIC)
}

export function publishChain(conversation: Conversation, chain: Uint8Array): Promise<void> {
  return conversation.publish({
    topic: TOPIC,
    payload: chain,
    retain: true,
    schema: 'firsteight.v1.KeyChain',
  })
}

/** What each agent reports of its keys, by `site/node`. */
export async function reportedKeys(conversation: Conversation): Promise<Map<string, ReportedKeys>> {
  const found = new Map<string, ReportedKeys>()
  for (const [topic, payload] of await conversation.collect(pathFilter('keys/reported'))) {
    take(topic, payload, found)
  }
  return found
}

/** Publishes a chain and waits until each of these agents has taken or refused it, or the time is over. */
export async function publishAndWait(
  conversation: Conversation,
  chain: Uint8Array,
  asked: ReadonlySet<string>,
  seconds: number,
): Promise<Map<string, ReportedKeys>> {
  const revision = readChain(chain).keys!.revision
  const latest = new Map<string, ReportedKeys>()
  const isSettled = (name: string) => {
    const report = latest.get(name)
    return report !== undefined && (report.revision === revision || report.refusedCode !== '')
  }
  await conversation.answer(
    pathFilter('keys/reported'),
    ({ topic, payload }) => {
      take(topic, payload, latest)
      return [...asked].every(isSettled) ? true : undefined
    },
    {
      milliseconds: asked.size === 0 ? 0 : seconds * 1000,
      ask: () => publishChain(conversation, chain),
    },
  )
  return latest
}

function take(topic: string, payload: Uint8Array, into: Map<string, ReportedKeys>): void {
  const name = parsePath(topic)
  if (name === undefined || payload.length === 0) return
  try {
    into.set(nameOf(name), decodeReportedKeys(payload))
  } catch (error) {
    if (!(error instanceof FirsteightError)) throw error
  }
}
