import { readFile } from 'node:fs/promises'
import { formatAddress } from '../../core/addresses.js'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { isPrintable } from '../../core/text.js'
import { invalid } from './streams.js'

/** What a flow is, and the capture that it came from. */
export interface FlowLabel {
  label: string
  /** Undefined when the table does not say. */
  capture: string | undefined
  /** Line of the table, from 1. */
  line: number
}

const NEEDED = ['transport', 'client_ip', 'client_port', 'server_ip', 'label'] as const

/** Whose label a flow has, from the table beside its capture: `X.flows.tsv` beside `X.pcap`. */
export class FlowTable {
  readonly file: string
  readonly #labels: ReadonlyMap<string, FlowLabel>

  /** @throws FirsteightError EVALUATION_INVALID with the line number and what was expected */
  constructor(text: string, file: string) {
    this.file = file
    this.#labels = parse(text, file)
  }

  /** @throws FirsteightError EVALUATION_INVALID when the table does not know the flow */
  labelOf(record: StreamRecord): FlowLabel {
    const { transport, clientAddress, clientPort, serverAddress } = record
    const client = formatAddress(clientAddress)
    const server = formatAddress(serverAddress)
    const label =
      this.#labels.get(`${transport} ${client} ${clientPort} ${server}`) ??
      this.#labels.get(`${transport} ${client} * ${server}`)
    if (label) return label
    throw invalid(
      this.file,
      undefined,
      `no row for the ${transport} flow of ${client} port ${clientPort} to ${server}`,
      'Add the flow to the table, with * as the port for all of them.',
    )
  }
}

/**
 * Reads the table beside a capture.
 * @returns undefined when there is none
 */
export async function readFlowTable(capture: string): Promise<FlowTable | undefined> {
  const file = `${capture.replace(/(\.(pcap|pcapng|cap|gz))+$/i, '')}.flows.tsv`
  try {
    return new FlowTable(await readFile(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof FirsteightError) throw error
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw invalid(file, undefined, messageOf(error))
  }
}

function parse(text: string, file: string): Map<string, FlowLabel> {
  const lines = text.split('\n')
  const columns = lines[0]!.split('\t')
  const at = new Map(columns.map((column, index) => [column, index]))
  const missing = NEEDED.find((column) => !at.has(column))
  if (missing) throw invalid(file, 1, `expected a column ${missing}`)
  if (lines.at(-1) !== '')
    throw invalid(file, lines.length, 'expected a line feed at the end: the line is cut off')
  const labels = new Map<string, FlowLabel>()
  for (let index = 1; index < lines.length - 1; index++) {
    const fields = lines[index]!.split('\t')
    const complain = (what: string) => invalid(file, index + 1, what)
    if (fields.length !== columns.length) {
      throw complain(`expected ${columns.length} fields between tabs, found ${fields.length}`)
    }
    const field = (column: string) => fields[at.get(column) ?? -1]
    const transport = field('transport')
    const port = field('client_port')!
    const label = field('label')!
    if (transport !== 'udp' && transport !== 'tcp') throw complain('transport: expected udp or tcp')
    if (port !== '*' && !/^[0-9]{1,5}$/.test(port)) throw complain('client_port: expected a port or *')
    if (label === '' || !isPrintable(label)) throw complain('label: expected printable characters')
    const key = `${transport} ${field('client_ip')} ${port} ${field('server_ip')}`
    if (labels.get(key) && labels.get(key)?.label !== label) {
      throw complain(`label: ${label} contradicts line ${labels.get(key)?.line}`)
    }
    labels.set(key, { label, capture: field('capture'), line: index + 1 })
  }
  return labels
}
