import { CONTEXT_NAMES } from './contexts.js'
import { constantOf, type KernelConstants, namesByNumber } from './kernel-exports.js'
import type { StreamRecord } from './stream-record.js'

const TCP = 6

/** Copies records out of the kernel's memory. */
export class RecordReader {
  readonly #view: DataView
  readonly #memory: Uint8Array
  readonly #base: number
  readonly #size: number
  readonly #lossOne: number
  readonly #kinds: string[]
  readonly #at: Record<string, number> = {}

  constructor(view: DataView, constants: KernelConstants) {
    this.#view = view
    this.#memory = new Uint8Array(view.buffer)
    this.#base = constantOf(constants, 'RECORDS')
    this.#size = constantOf(constants, 'RECORD_BYTES')
    this.#lossOne = constantOf(constants, 'LOSS_ONE')
    this.#kinds = namesByNumber(constants, 'KIND_')
    for (const [name, offset] of Object.entries(constants)) {
      if (name.startsWith('RECORD_')) this.#at[name.slice('RECORD_'.length)] = offset
    }
  }

  /** Record number `index`, from 0. */
  read(index: number): StreamRecord {
    const record = this.#base + index * this.#size
    const view = this.#view
    const at = (name: string) => record + this.#at[name]!
    const byte = (name: string) => view.getUint8(at(name))
    const port = (name: string) => view.getUint16(at(name), true)
    const word = (name: string) => view.getUint32(at(name), true)
    // Not a slice of the ArrayBuffer: a typed array this small lies in the heap, which is many times cheaper.
    const bytes = (name: string, length: number) => this.#memory.slice(at(name), at(name) + length)

    const addressLength = byte('IP_VERSION') === 4 ? 4 : 16
    return {
      kind: this.#kinds[byte('KIND')] as StreamRecord['kind'],
      context: CONTEXT_NAMES[byte('CONTEXT')]!,
      transport: byte('PROTOCOL') === TCP ? 'tcp' : 'udp',
      timeMicroseconds: view.getFloat64(at('TIME'), true),
      clientAddress: bytes('CLIENT_ADDRESS', addressLength),
      clientPort: port('CLIENT_PORT'),
      serverAddress: bytes('SERVER_ADDRESS', addressLength),
      serverPort: port('SERVER_PORT'),
      vlanIds: [port('VLAN_OUTER'), port('VLAN_INNER')].slice(0, byte('VLAN_COUNT')),
      firstEight: bytes('FIRST_EIGHT', byte('FIRST_LENGTH')),
      reconstructedEight: bytes('RECONSTRUCTED', 8),
      loss: word('LOSS') / this.#lossOne,
      threshold: word('THRESHOLD') / this.#lossOne,
      messageIndex: word('MESSAGE'),
      flowStreams: word('FLOW_STREAMS'),
      flowAnomalies: word('FLOW_ANOMALIES'),
      payloadPrefix: bytes('PREFIX', byte('PREFIX_LENGTH')),
      payloadLength: word('PAYLOAD_LENGTH'),
    }
  }
}
