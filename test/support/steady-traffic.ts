import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { datagramCapture } from './datagram-capture.js'

/** Bytes of a pcap file's header. */
const HEADER = 24

/** A query and its answer, clean DNS by their first eight bytes: RD, then QR, RD and RA with one answer. */
const QUERY = Buffer.from('1234010000010000000000000377777703636f6d0000010001', 'hex')
const ANSWER = Buffer.from('1234818000010001000000000377777703636f6d0000010001', 'hex')

/**
 * Files of clean traffic, and a capture command that plays them over and over: a shell and `cat`, so that many agents
 * can have one each.
 * @param folder where the files go
 * @param options.streams in each round
 * @param options.pauseSeconds between rounds
 */
export function steadyTraffic(
  folder: string,
  { streams = 100, pauseSeconds = 0.2 }: { streams?: number; pauseSeconds?: number } = {},
): string[] {
  const payloads = Array.from({ length: streams }, (_, index) => (index % 2 === 0 ? QUERY : ANSWER))
  const capture = datagramCapture(payloads, (index) => {
    const port = 20_000 + (index >> 1)
    return index % 2 === 0 ? [port, 53] : [53, port]
  })
  const [header, round] = [join(folder, 'header'), join(folder, 'round')]
  writeFileSync(header, capture.subarray(0, HEADER))
  writeFileSync(round, capture.subarray(HEADER))
  return ['sh', '-c', `cat ${header}; while cat ${round} && sleep ${pauseSeconds}; do :; done`]
}
