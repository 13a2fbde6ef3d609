import { basename } from 'node:path'
import { formatEndpoint } from '../../core/addresses.js'
import { Kernel } from '../../core/kernel.js'
import type { ModelFile } from '../../core/model-file.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { readStreams } from '../census/capture-streams.js'
import { readFlowTable } from './flow-table.js'
import {
  CLEAN_LABEL,
  invalid,
  STREAM_LIMIT,
  type Stream,
  type StreamClass,
  type StreamFile,
} from './streams.js'

type CaptureContent = Pick<StreamFile, 'streams' | 'short' | 'midstream' | 'labels'>

/**
 * Reads the streams of a capture through the kernel, as the agent would. A TCP stream that carries several
 * length-prefixed messages stands for the one with the highest loss, since that one decides.
 *
 * A table of flows beside the capture gives the labels; then the clean class takes the flows labelled DNS and the
 * attack class the others. Without one, all streams of a clean capture are DNS, and those of another are named after
 * the file.
 * @param model decides which message of a TCP stream stands for it
 * @throws FirsteightError those of readStreams, EVALUATION_INVALID
 */
export async function readCapture(
  file: string,
  streamClass: StreamClass,
  model: ModelFile,
): Promise<CaptureContent> {
  const kernel = await Kernel.load()
  kernel.loadModel(model)
  kernel.setServerPorts([53])
  kernel.reportEveryStream(true)
  const table = await readFlowTable(file)
  const name = basename(file)
  const ownLabel = streamClass === 'clean' ? CLEAN_LABEL : name.replace(/\..*$/, '')

  const content: CaptureContent = { streams: [], short: 0, midstream: 0, labels: new Map() }
  const open = new Map<string, { stream: Stream; loss: number }>()
  await readStreams(kernel, file, (record) => {
    const label = table?.labelOf(record)
    if (label && streamClass !== 'other' && (label.label === CLEAN_LABEL) !== (streamClass === 'clean'))
      return
    if (record.kind === 'short') {
      content.short++
      return
    }
    const flow = flowOf(record)
    const key = `${flow} ${record.context}`
    const earlier = record.messageIndex > 0 ? open.get(key) : undefined
    if (earlier) {
      if (record.loss <= earlier.loss) return
      earlier.loss = record.loss
      earlier.stream.firstEight = hex(record)
      return
    }
    const stream: Stream = {
      context: record.context,
      firstEight: hex(record),
      length: record.transport === 'udp' ? record.payloadLength : undefined,
      label: label?.label ?? ownLabel,
      capture: label?.capture ?? name,
      flow,
      count: 1,
    }
    if (!content.labels.has(stream.label)) content.labels.set(stream.label, undefined)
    content.streams.push(stream)
    if (content.streams.length > STREAM_LIMIT)
      throw invalid(file, undefined, `more than ${STREAM_LIMIT} streams`)
    if (record.transport === 'tcp') open.set(key, { stream, loss: record.loss })
  })
  content.midstream = kernel.counters().midstream
  return content
}

/** A flow's name, the same as in `Stream.flow`. */
export function flowOf(
  record: Pick<StreamRecord, 'transport' | 'clientAddress' | 'clientPort' | 'serverAddress' | 'serverPort'>,
): string {
  const client = formatEndpoint(record.clientAddress, record.clientPort)
  return `${record.transport} ${client} ${formatEndpoint(record.serverAddress, record.serverPort)}`
}

function hex(record: StreamRecord): string {
  return Buffer.from(record.firstEight).toString('hex')
}
