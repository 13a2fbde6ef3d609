import type { BrokerMessage } from '../../core/broker/connection.js'
import { encodeStatus, SCHEMA_VERSION } from '../../core/messages.js'
import { type NodeName, nodeTopic } from '../../core/topics.js'
import { firsteight } from '../../generated/messages.js'

const { State } = firsteight.v1

/** Who speaks; `bootId` is a UUID, new at every start. */
export interface AgentIdentity extends NodeName {
  bootId: string
}

/** What a status says about the agent beside its state. */
export interface AgentFacts {
  agentVersion: string
  /** SHA-256 of the model file, hex; empty when there is none. */
  modelId: string
  kernel: 'simd' | 'scalar' | 'debug'
  capture: 'cap' | 'stream' | 'file'
}

/** What changes from one status to the next. */
export interface AgentProgress {
  /** Number of the last alert. */
  sequence: number
  outboxDropped: number
  /** Where alerts wait: `fallback` is memory because the spool cannot be written. */
  outboxStorage: 'memory' | 'disk' | 'fallback'
}

/**
 * The three messages of an agent's retained status. Birth and will belong together:
 * whoever announces itself must be announced as lost.
 */
export class Presence {
  readonly #identity: AgentIdentity
  readonly #facts: AgentFacts
  readonly #progress: () => AgentProgress
  readonly #startedAtMicroseconds = nowMicroseconds()

  constructor(identity: AgentIdentity, facts: AgentFacts, progress: () => AgentProgress) {
    this.#identity = identity
    this.#facts = facts
    this.#progress = progress
  }

  /** After every connect. */
  birth(): BrokerMessage {
    return this.#status(State.ONLINE)
  }

  /** Given to the broker before every connect; its times and counts are of that moment. */
  will(): BrokerMessage {
    return this.#status(State.OFFLINE)
  }

  /** Before an orderly disconnect. */
  stopped(): BrokerMessage {
    return this.#status(State.STOPPED)
  }

  #status(state: firsteight.v1.State): BrokerMessage {
    const { site, node, bootId } = this.#identity
    const { sequence, outboxDropped, outboxStorage } = this.#progress()
    const payload = encodeStatus({
      header: {
        schemaVersion: SCHEMA_VERSION,
        site,
        node,
        bootId,
        sequence,
        publishedAtMicroseconds: nowMicroseconds(),
      },
      state,
      startedAtMicroseconds: this.#startedAtMicroseconds,
      ...this.#facts,
      outboxDropped,
      outboxStorage,
    })
    return {
      topic: nodeTopic({ site, node }, 'status'),
      payload,
      retain: true,
      schema: 'firsteight.v1.Status',
    }
  }
}

/** Wall clock, microseconds since 1970. */
export function nowMicroseconds(): number {
  return Date.now() * 1000
}
