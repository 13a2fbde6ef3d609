import type { BrokerMessage } from '../../core/broker/connection.js'

/** What arrived on a topic: hostile until checked. */
export interface IncomingMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** The broker had kept it from before this subscription. */
  readonly retained: boolean
}

/** How the agent's parts talk with the centre, beside alerts and status. */
export interface Mailbox {
  /** From now on, and after every reconnect, messages on topics that match go to `take`, which must not throw. */
  subscribe(filter: string, take: (message: IncomingMessage) => void): void
  unsubscribe(filter: string): void
  /** A retained message that shall stand at the broker: published now, and again after every reconnect. The last of a topic counts. */
  announce(message: BrokerMessage): void
  /**
   * Publishes once, QoS 1, in turn behind what was sent before.
   * @returns when the broker has acknowledged; false when there is no connection, it was lost, or too many wait
   */
  send(message: BrokerMessage): Promise<boolean>
  /** An own message has come back since the last connect: subscriptions work. */
  readonly proven: boolean
}
