import { close, constants, fstatSync, openSync, read } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { promisify } from 'node:util'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import { Feed } from './feed.js'
import type { CaptureSource, CaptureStatistics, PacketSink } from './source.js'

/** Stands for standard input. */
export const STANDARD_INPUT = '-'

/** At `stop`: the pipe counts as empty after so long without a byte, ms; and so long at most is it read on. */
const QUIET = 20
const LONGEST_LAST_READ = 1000

const STANDARD_INPUT_FD = 0

/** A pcap or pcapng byte stream from standard input (`-`) or a FIFO, at full speed. What wrote it holds the rights. */
export class StreamSource implements CaptureSource {
  readonly kind = 'stream'
  readonly description: string
  readonly #path: string
  #feed: Feed | undefined
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
    for (let seen = -1; seen !== this.#feed?.bytes && performance.now() < deadline; ) {
      seen = this.#feed?.bytes ?? -1
      await sleep(QUIET)
    }
    this.#feed?.close()
    await this.#running?.catch(() => {})
  }

  statistics(): CaptureStatistics {
    return { received: undefined, dropped: undefined }
  }

  async #run(sink: PacketSink, opened?: () => void): Promise<void> {
    if (this.#stopping) return
    try {
      // A FIFO is opened without waiting for its writer, and read through the event loop, not by a blocked thread.
      const fd =
        this.#path === STANDARD_INPUT
          ? STANDARD_INPUT_FD
          : openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK)
      opened?.()
      await this.#read(fd, sink)
    } catch (error) {
      if (error instanceof FirsteightError) throw error
      throw new FirsteightError('FILE_UNREADABLE', `cannot read ${this.description}: ${messageOf(error)}`, {
        hint: 'Name an existing FIFO that this user may read, or - for standard input.',
        details: { file: this.#path, reason: systemCodeOf(error) },
        cause: error,
      })
    }
    if (!this.#stopping) sink.end()
  }

  async #read(fd: number, sink: PacketSink): Promise<void> {
    if (isatty(fd)) throw new Error('it is a terminal, which gives no packets')
    const kind = fstatSync(fd)
    if (kind.isFIFO() || kind.isSocket()) {
      this.#feed = new Feed(fd, sink)
      await this.#feed.ended
      return
    }
    try {
      while (!this.#stopping) {
        const space = sink.chunkSpace()
        const { bytesRead } = await promisify(read)(fd, space, 0, space.length, null)
        if (bytesRead === 0) return
        sink.chunk(bytesRead)
      }
    } finally {
      await promisify(close)(fd)
    }
  }
}
