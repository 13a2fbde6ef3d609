/**
 * Where packets come from. One interface, three kinds (`cap`, `stream`, `file`), one contract suite.
 */

/** What takes the packets: the scorer, which writes into the kernel's fixed memory. */
export interface PacketSink {
  /**
   * A view over the kernel's packet memory (65,535 bytes) for sources that deliver one packet at a time.
   * Valid for the sink's lifetime: the kernel's memory never grows.
   */
  readonly packetBuffer: Buffer

  /**
   * Scores the packet that lies in `packetBuffer`.
   * @param linkType libpcap LINKTYPE_ number (https://www.tcpdump.org/linktypes.html)
   * @param capturedLength bytes in the buffer, 0 to 65535
   * @param originalLength bytes on the wire; equal to capturedLength when not known
   * @param timeMicroseconds since 1970
   */
  packet(linkType: number, capturedLength: number, originalLength: number, timeMicroseconds: number): void

  /**
   * Where the next bytes of a pcap or pcapng byte stream go: a view over the kernel's input memory,
   * never empty between calls to `chunk`, at most 256 KiB. Ask anew before every read.
   */
  chunkSpace(): Buffer

  /**
   * Walks the records in the bytes so far, of which `length` new ones were just written to `chunkSpace()`.
   * @param untilMicroseconds records later than this stay unread (for replay in real time); default: all are read
   * @returns capture time of the first record held back, or undefined when every complete record was read.
   *   While records are held back call `chunk(0, later)` and do not write to `chunkSpace()`.
   * @throws FirsteightError CAPTURE_FILE_FORMAT, CAPTURE_FILE_CORRUPT with the byte offset
   */
  chunk(length: number, untilMicroseconds?: number): number | undefined

  /**
   * The byte stream ended.
   * @throws FirsteightError CAPTURE_FILE_TRUNCATED with the byte offset when it ended inside a record;
   *   every complete record was scored before
   */
  end(): void
}

/** What a source knows of its own losses. `undefined` means that it cannot know, which is not zero. */
export interface CaptureStatistics {
  /** Packets that the capture mechanism counted, by its own account. */
  received: number | undefined
  /** Packets lost before they reached the sink, by its own account. On loopback libpcap counts each loss twice. */
  dropped: number | undefined
}

export interface CaptureSource {
  /** `cap`, `stream` or `file`, for status messages. */
  readonly kind: 'cap' | 'stream' | 'file'
  /** What is captured, for people: interface, command or file name. */
  readonly description: string
  /**
   * Opens the source and delivers packets until it ends or is stopped. Runs once: make a new source to run again.
   * @param opened called once, when the source is open: packets from then on are captured
   * @returns a promise that resolves when the source has ended (end of file, or `stop`),
   *   and rejects with a FirsteightError (CAPTURE_*, FILE_*) when it could not start or broke off.
   *   Before it settles, everything read has been given to the sink.
   */
  run(sink: PacketSink, opened?: () => void): Promise<void>
  /**
   * Ends `run` in an orderly way, and resolves when it has settled: what was already captured is still delivered.
   * Safe to call more than once, and before `run`, which then ends at once.
   */
  stop(): Promise<void>
  statistics(): CaptureStatistics
}
