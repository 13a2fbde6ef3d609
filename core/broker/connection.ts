import { Socket } from 'node:net'
import type { IClientOptions, MqttClient } from 'mqtt'
import type { FirsteightError } from '../errors.js'
import { MAXIMUM_MESSAGE_BYTES } from '../messages.js'
import { connectionError } from './errors.js'
import type { BrokerOptions } from './options.js'

/** A message as handed to the broker. Properties count only with MQTT 5. */
export interface BrokerMessage {
  topic: string
  payload: Uint8Array
  retain: boolean
  /** Unsent after this time, the broker forgets it. */
  expirySeconds?: number
  /** The protobuf message's full name. */
  schema: string
}

/** One accepted connection. Once closed it stays closed. */
export interface BrokerConnection {
  readonly client: MqttClient
  /** How many QoS 1 messages the broker takes before it has acknowledged the first. */
  readonly receiveMaximum: number
  /** Resolves when the connection has ended, with why. Never rejects. */
  readonly closed: Promise<FirsteightError>
}

const QOS = 1
/** Longest packet that the broker may send us with MQTT 5: the longest message and its topic and properties. */
const MAXIMUM_PACKET_BYTES = 2 * MAXIMUM_MESSAGE_BYTES
const DEFAULT_RECEIVE_MAXIMUM = 65_535 // MQTT 5 section 3.2.2.3.3

/**
 * Connects once, with a clean session. No reconnecting here, so that nothing is ever resent behind the caller's back.
 * @param will what the broker publishes when it loses this client
 * @param signal abandons the attempt
 * @throws FirsteightError BROKER_* when the broker has not accepted within the connect timeout
 */
export async function connectBroker(
  options: BrokerOptions,
  will?: BrokerMessage,
  signal?: AbortSignal,
): Promise<BrokerConnection> {
  const { connect } = await loadMqtt()
  let client: MqttClient
  try {
    client = connect(options.address, clientOptions(options, will))
  } catch (error) {
    // Node refuses unusable certificates and keys before it opens a socket.
    throw connectionError({ ...options, wasConnected: false, error })
  }
  let firstError: unknown
  let wasConnected = false
  // The first error is the cause, later ones are its consequences. A listener stays for good: without one they would throw.
  const fail = (error: unknown) => {
    firstError ??= error
    client.stream.destroy()
  }
  withoutDelay(client)
  client.on('error', fail)
  client.stream.on('error', fail)
  client.on('disconnect', (packet) => {
    firstError ??= { code: packet.reasonCode, message: packet.properties?.reasonString ?? 'disconnected' }
  })
  const abandon = () => client.stream.destroy()
  signal?.addEventListener('abort', abandon)
  if (signal?.aborted) abandon()

  const closed = new Promise<FirsteightError>((resolve) => {
    client.once('close', () => {
      resolve(connectionError({ ...options, wasConnected, error: firstError }))
    })
  })
  return new Promise((resolve, reject) => {
    closed.then((error) => {
      signal?.removeEventListener('abort', abandon)
      reject(error)
    })
    client.once('connect', ({ properties }) => {
      wasConnected = true
      signal?.removeEventListener('abort', abandon)
      resolve({ client, closed, receiveMaximum: properties?.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM })
    })
  })
}

/**
 * The library, loaded with the first connection. mqtt-packet would make a Buffer for each of the 65,536 numbers of
 * two bytes at its first packet, 6 MB of heap, to save itself making one.
 */
async function loadMqtt(): Promise<typeof import('mqtt')> {
  const { default: packets } = await import('mqtt-packet')
  packets.writeToStream.cacheNumbers = false
  return (await import('mqtt')).default
}

/**
 * A packet goes out in several small writes. Held back until the broker's delayed acknowledgement (Nagle's algorithm,
 * RFC 9293 section 3.7.4), each alert would come 40 ms late. A WebSocket's stream sees to it itself.
 */
function withoutDelay(client: MqttClient): void {
  const stream: unknown = client.stream
  if (stream instanceof Socket) stream.setNoDelay(true)
}

/**
 * Publishes with QoS 1.
 * @param done called once: without an error when the broker has acknowledged, otherwise with mqtt's error
 */
export function publish(
  { client }: BrokerConnection,
  message: BrokerMessage,
  done: (error?: Error) => void,
): void {
  const { topic, payload, retain } = message
  client.publish(
    topic,
    Buffer.from(payload.buffer, payload.byteOffset, payload.length),
    { qos: QOS, retain, properties: publishProperties(message) },
    (error) => done(error ?? undefined),
  )
}

/** Says goodbye, so that the broker does not publish the will; cuts the connection when that takes too long. */
export async function disconnect(connection: BrokerConnection, timeoutMilliseconds = 2000): Promise<void> {
  const { client, closed } = connection
  if (client.connected) client.end(false)
  const cut = setTimeout(() => client.stream.destroy(), timeoutMilliseconds)
  await closed
  clearTimeout(cut)
}

function clientOptions(options: BrokerOptions, will: BrokerMessage | undefined): IClientOptions {
  return {
    protocolVersion: options.protocolVersion,
    clientId: options.clientId,
    clean: true,
    keepalive: options.keepaliveSeconds,
    connectTimeout: options.connectTimeoutMilliseconds,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    ...(options.protocolVersion === 5 && { properties: { maximumPacketSize: MAXIMUM_PACKET_BYTES } }),
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.certificate !== undefined && { cert: options.certificate }),
    ...(options.key !== undefined && { key: options.key }),
    ...(will !== undefined && {
      will: {
        topic: will.topic,
        payload: Buffer.from(will.payload),
        qos: QOS,
        retain: will.retain,
        ...(options.protocolVersion === 5 && { properties: publishProperties(will) }),
      },
    }),
  }
}

function publishProperties({ schema, expirySeconds }: BrokerMessage) {
  return {
    contentType: 'application/x-protobuf',
    userProperties: { schema },
    ...(expirySeconds !== undefined && { messageExpiryInterval: expirySeconds }),
  }
}
