import type { ContextName } from './contexts.js'

/**
 * What the kernel reports about one stream, copied out of its memory.
 * Byte arrays are copies and stay valid.
 */
export interface StreamRecord {
  /** `anomaly`: loss above threshold. `short`: ended before the eighth byte. `clean`: only when every stream is asked for. */
  kind: 'anomaly' | 'short' | 'clean'
  context: ContextName
  transport: 'udp' | 'tcp'
  /** Capture time of the packet that completed the stream's first eight bytes, microseconds since 1970. */
  timeMicroseconds: number
  /** 4 or 16 bytes, network byte order. */
  clientAddress: Uint8Array
  clientPort: number
  serverAddress: Uint8Array
  serverPort: number
  /** Outermost first; at most two are kept. */
  vlanIds: number[]
  /** Eight bytes, fewer when short. */
  firstEight: Uint8Array
  /** Eight bytes: the sign of each network output. All zero when short. */
  reconstructedEight: Uint8Array
  /** Mean weighted squared error, 0 to 64; 0 when short. */
  loss: number
  threshold: number
  /** TCP: index of the length-prefixed message within the stream, from 0. UDP: 0. */
  messageIndex: number
  /** Streams of this flow so far, and the anomalous and short ones among them, this one included. */
  flowStreams: number
  flowAnomalies: number
  /** At most 64 bytes of the packet's payload. For TCP the packet that completed the first eight bytes. */
  payloadPrefix: Uint8Array
  /** Payload length of that packet, bytes. */
  payloadLength: number
}
