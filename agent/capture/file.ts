import { readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import { Pacer } from './pacer.js'
import type { CaptureSource, CaptureStatistics, PacketSink } from './source.js'

/** First two bytes of a gzip member, big-endian, RFC 1952 section 2.3.1. */
const GZIP_MAGIC = 0x1f8b
/** Bytes read at once from a compressed file. */
const COMPRESSED_PIECE = 65536

/**
 * A capture file, pcap or pcapng, plain or gzip, at full speed or paced by its capture times (see `Pacer`).
 * Plain files are read straight into the kernel's memory, on this thread: a few microseconds from the page cache, where
 * a thread of its own costs as much again. Between any two pieces the event loop has its turn.
 */
export class FileSource implements CaptureSource {
  readonly kind = 'file'
  readonly description: string
  readonly #path: string
  readonly #pacer: Pacer | undefined
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(path: string, options: { realtime?: boolean } = {}) {
    this.#path = path
    this.#pacer = options.realtime ? new Pacer() : undefined
    this.description = `file ${path}`
  }

  run(sink: PacketSink, opened?: () => void): Promise<void> {
    this.#running = this.#run(sink, opened)
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running?.catch(() => {})
  }

  /** What was lost when the file was recorded is not known. */
  statistics(): CaptureStatistics {
    return { received: undefined, dropped: undefined }
  }

  async #run(sink: PacketSink, opened?: () => void): Promise<void> {
    if (this.#stop.signal.aborted) return
    let file: FileHandle | undefined
    try {
      file = await open(this.#path)
      opened?.()
      await this.#read(file, sink)
    } catch (error) {
      if (!this.#stop.signal.aborted) throw this.#explain(error)
    } finally {
      await file?.close()
    }
  }

  async #read(file: FileHandle, sink: PacketSink): Promise<void> {
    const isPlain = (await file.stat()).isFile()
    const readInto = async (space: Buffer) => {
      // What is no plain file, such as a FIFO, may have nothing to read for long.
      if (!isPlain) return (await file.read(space, 0, space.length, null)).bytesRead
      await nextTurn()
      return readSync(file.fd, space, 0, space.length, null)
    }
    const space = sink.chunkSpace()
    let length = await readInto(space)
    if (length >= 2 && space.readUInt16BE(0) === GZIP_MAGIC) {
      return this.#readCompressed(Buffer.from(space.subarray(0, length)), readInto, sink)
    }
    while (length > 0) {
      await this.#take(sink, length)
      if (this.#stop.signal.aborted) return
      length = await readInto(sink.chunkSpace())
    }
    sink.end()
  }

  async #readCompressed(
    first: Buffer,
    readInto: (space: Buffer) => Promise<number>,
    sink: PacketSink,
  ): Promise<void> {
    async function* pieces(): AsyncGenerator<Buffer> {
      yield first
      for (;;) {
        const piece = Buffer.allocUnsafe(COMPRESSED_PIECE)
        const length = await readInto(piece)
        if (length === 0) return
        yield piece.subarray(0, length)
      }
    }
    // Loaded here, because most captures are not compressed.
    const [{ pipeline, Readable }, { createGunzip }] = await Promise.all([
      import('node:stream'),
      import('node:zlib'),
    ])
    // The callback only keeps errors from going unhandled: the loop below meets the same ones.
    const unpacked = pipeline(Readable.from(pieces()), createGunzip(), () => {})
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      for (let offset = 0; offset < piece.length; ) {
        const copied = piece.copy(sink.chunkSpace(), 0, offset)
        await this.#take(sink, copied)
        if (this.#stop.signal.aborted) return
        offset += copied
      }
    }
    sink.end()
  }

  /** Has the sink walk `length` new bytes, each record when it is due. */
  async #take(sink: PacketSink, length: number): Promise<void> {
    const pacer = this.#pacer
    let next = sink.chunk(length, pacer?.due())
    while (pacer !== undefined && next !== undefined) {
      await pacer.wait(next, this.#stop.signal)
      next = sink.chunk(0, pacer.due())
    }
  }

  #explain(error: unknown): unknown {
    if (error instanceof FirsteightError) return error
    const code = systemCodeOf(error)
    const details = { file: this.#path, reason: code }
    if (code === 'Z_BUF_ERROR') {
      return new FirsteightError('CAPTURE_FILE_TRUNCATED', `${this.#path}: the gzip data ends too early`, {
        hint: 'Copy or record the file again; what came before the cut was read.',
        details,
        cause: error,
      })
    }
    if (code?.startsWith('Z_')) {
      const message = `${this.#path}: the gzip data is corrupt: ${messageOf(error)}`
      return new FirsteightError('CAPTURE_FILE_CORRUPT', message, {
        hint: 'Check it: gzip -t FILE; what came before was read.',
        details,
        cause: error,
      })
    }
    if (code === undefined) return error
    return new FirsteightError('FILE_UNREADABLE', `cannot read ${this.#path}: ${messageOf(error)}`, {
      hint: 'Name an existing capture file (pcap or pcapng, plain or gzip) that this user may read.',
      details,
      cause: error,
    })
  }
}
