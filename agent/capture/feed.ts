import type { Readable } from 'node:stream'
import type { PacketSink } from './source.js'

/**
 * Copies a pcap or pcapng byte stream into the sink until the stream ends. Reads on only when the sink has taken
 * what was read, so that the writer has to wait, and no memory grows.
 * @param read told after every piece how many bytes it had
 * @throws what the stream or the sink throws
 */
export async function feed(
  stream: Readable,
  sink: PacketSink,
  read?: (bytes: number) => void,
): Promise<void> {
  for await (const piece of stream as AsyncIterable<Buffer>) {
    for (let offset = 0; offset < piece.length; ) {
      const copied = piece.copy(sink.chunkSpace(), 0, offset)
      sink.chunk(copied)
      offset += copied
    }
    read?.(piece.length)
  }
}
