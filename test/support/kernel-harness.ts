import { buildFrame, type FrameParts, LINK_TYPES, TCP_SYN } from '../../bench/traffic/frames.js'
import { Kernel, type KernelBuild } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import { encodeModelFile } from '../../core/model-file.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { randomModel } from './random-model.js'

export const CLIENT = { host: 0x0a000001, port: 40000 }
export const SERVER = { host: 0xc6336435, port: 53 }
/** 2026-01-01, microseconds. */
export const START_TIME = 1_767_225_600_000_000

/** A kernel that takes frames and keeps what it reports. */
export class KernelHarness {
  readonly kernel: Kernel
  records: StreamRecord[] = []
  time = START_TIME

  private constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  /** @param options.threshold of every context; the default passes everything, so that TCP streams are followed */
  static async create(
    options: { build?: KernelBuild; threshold?: number; everyStream?: boolean; seed?: number } = {},
  ): Promise<KernelHarness> {
    const kernel = await Kernel.load({ build: options.build ?? 'best', seed: options.seed ?? 1 })
    const model = randomModel({ seed: 5 })
    for (const context of model.contexts!) context.threshold = options.threshold ?? 63
    kernel.loadModel(encodeModelFile(model))
    kernel.setServerPorts([53])
    kernel.reportEveryStream(options.everyStream ?? true)
    return new KernelHarness(kernel)
  }

  /** Forgets flows, counts and records. */
  clear(): void {
    this.kernel.reset(1)
    this.records = []
  }

  frame(frame: Uint8Array, linkType: number = LINK_TYPES.ethernet): void {
    this.kernel.packetBuffer.set(frame)
    this.time += 10
    this.kernel.packet(linkType, frame.length, this.time)
    this.take()
  }

  /** A frame between CLIENT and SERVER. */
  send(from: 'client' | 'server', parts: Partial<FrameParts> & { payload?: Uint8Array }): void {
    const [source, destination] = from === 'client' ? [CLIENT, SERVER] : [SERVER, CLIENT]
    const complete: FrameParts = {
      encapsulation: 'ethernet',
      ipVersion: 4,
      transport: 'udp',
      sourceHost: source.host,
      sourcePort: source.port,
      destinationHost: destination.host,
      destinationPort: destination.port,
      payload: Buffer.alloc(0),
      ...parts,
    }
    this.frame(buildFrame(complete), LINK_TYPES[complete.encapsulation])
  }

  tcp(from: 'client' | 'server', sequence: number, payload: Uint8Array, flags?: number): void {
    this.send(from, { transport: 'tcp', sequence, payload, ...(flags === undefined ? {} : { flags }) })
  }

  syn(from: 'client' | 'server', sequence: number, extra: Partial<FrameParts> = {}): void {
    this.send(from, { transport: 'tcp', sequence, flags: TCP_SYN, ...extra })
  }

  /** Ends every flow. */
  end(): void {
    this.kernel.endFlowsBefore(Number.POSITIVE_INFINITY, (record) => this.records.push(record))
  }

  take(): void {
    this.kernel.takeRecords((record) => this.records.push(record))
  }

  get counters(): KernelCounters {
    return this.kernel.counters()
  }
}

/**
 * The identities of the kernel's counters.
 * @param ended whether every flow was ended, so that no TCP direction is still open
 * @returns the first broken identity in words, or undefined
 */
export function brokenIdentity(counters: KernelCounters, ended = true): string | undefined {
  const { contexts } = counters
  const undecoded = Object.values(counters.undecoded).reduce((sum, count) => sum + count, 0)
  const outcome = (...names: (keyof typeof contexts)[]) =>
    names.reduce((sum, name) => sum + contexts[name].streams + contexts[name].short, 0)
  const packets = undecoded + counters.otherPorts + counters.udpDatagrams + counters.tcpSegments
  if (counters.packets !== packets) return `packets ${counters.packets}, accounted ${packets}`
  const datagrams = outcome('udp-query', 'udp-response')
  if (counters.udpDatagrams !== datagrams) return `datagrams ${counters.udpDatagrams}, accounted ${datagrams}`
  const segments = counters.tcpFollowedSegments + counters.tcpMidstreamSegments
  if (counters.tcpSegments !== segments) return `segments ${counters.tcpSegments}, accounted ${segments}`
  const closed = outcome('tcp-query', 'tcp-response') + counters.tcpEmpty + counters.tcpIncomplete
  if (ended ? counters.tcpOpened !== closed : counters.tcpOpened < closed)
    return `TCP directions opened ${counters.tcpOpened}, ended ${closed}`
  return undefined
}
