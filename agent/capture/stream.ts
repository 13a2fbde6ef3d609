import { constants, createReadStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import { feed } from './feed.js'
import type { CaptureSource, CaptureStatistics, PacketSink } from './source.js'

/** Stands for standard input. */
export const STANDARD_INPUT = '-'

/** At `stop`: the pipe counts as empty after so long without a byte, ms; and so long at most is it read on. */
const QUIET = 20
const LONGEST_LAST_READ = 1000

/** A pcap or pcapng byte stream from standard input (`-`) or a FIFO, at full speed. What wrote it holds the rights. */
export class StreamSource implements CaptureSource {
  readonly kind = 'stream'
  readonly description: string
  readonly #path: string
  #input: Readable | undefined
  #bytes = 0
  #running: Promise<void> | undefined
  #stopping = false

  constructor(path: string) {
    this.#path = path
    this.description = path === STANDARD_INPUT ? 'standard input' : `stream ${path}`
  }

  run(sink: PacketSink, opened?: () => void): Promise<void> {
    this.#running = this.#run(sink, opened)
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopping = true
    const deadline = performance.now() + LONGEST_LAST_READ
    for (let seen = -1; seen !== this.#bytes && performance.now() < deadline; ) {
      seen = this.#bytes
      await sleep(QUIET)
    }
    this.#input?.destroy()
    await this.#running?.catch(() => {})
  }

  statistics(): CaptureStatistics {
    return { received: undefined, dropped: undefined }
  }

  async #run(sink: PacketSink, opened?: () => void): Promise<void> {
    if (this.#stopping) return
    try {
      this.#input = this.#path === STANDARD_INPUT ? process.stdin : openStream(this.#path)
      opened?.()
      await feed(this.#input, sink, (bytes) => {
        this.#bytes += bytes
      })
    } catch (error) {
      if (this.#stopping && this.#input?.destroyed) return
      if (error instanceof FirsteightError) throw error
      throw new FirsteightError('FILE_UNREADABLE', `cannot read ${this.description}: ${messageOf(error)}`, {
        hint: 'Name an existing FIFO that this user may read, or - for standard input.',
        details: { file: this.#path, reason: systemCodeOf(error) },
        cause: error,
      })
    }
    if (!this.#stopping) sink.end()
  }
}

/** A FIFO is opened without waiting for its writer, and read through the event loop rather than a blocked thread. */
function openStream(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  if (!fstatSync(fd).isFIFO()) return createReadStream(path, { fd })
  return new Socket({ fd, readable: true, writable: false })
}
