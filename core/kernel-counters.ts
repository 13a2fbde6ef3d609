import { CONTEXT_NAMES, type ContextName } from './contexts.js'
import { constantOf, type KernelConstants, namesByNumber } from './kernel-exports.js'

/** Streams of one context. */
export interface ContextCounters {
  /** Datagrams with at least eight bytes, or TCP directions whose first eight bytes were scored. */
  streams: number
  /** Streams whose loss, or that of a later message in them, exceeded the threshold. */
  anomalies: number
  /** Streams that ended before their eighth byte. */
  short: number
}

/**
 * What the kernel counted since its last reset. The numbers add up:
 * `packets` = sum of `undecoded` + `otherPorts` + `udpDatagrams` + `tcpSegments`;
 * `udpDatagrams` = streams + short of both UDP contexts;
 * `tcpSegments` = `tcpFollowedSegments` + `tcpMidstreamSegments`;
 * `tcpOpened` = streams + short of both TCP contexts + `tcpEmpty` + `tcpIncomplete` + those still open.
 */
export interface KernelCounters {
  packets: number
  otherPorts: number
  udpDatagrams: number
  tcpSegments: number
  tcpFollowedSegments: number
  /** Segments of TCP directions whose SYN was not seen. */
  tcpMidstreamSegments: number
  /** TCP directions that carried payload but whose SYN was not seen: not scored. */
  midstream: number
  tcpOpened: number
  tcpEmpty: number
  tcpIncomplete: number
  /** Length-prefixed messages scored after the first of their stream. */
  tcpLaterMessages: number
  tcpLaterShort: number
  tcpGaps: number
  tcpUnfollowable: number
  flowsOpened: number
  flowsEvicted: number
  memoHits: number
  memoMisses: number
  /** Packets whose transport payload was not reached, by reason. */
  undecoded: Record<string, number>
  contexts: Record<ContextName, ContextCounters>
}

const SINGLE = {
  packets: 'PACKETS',
  otherPorts: 'OTHER_PORTS',
  udpDatagrams: 'UDP_DATAGRAMS',
  tcpSegments: 'TCP_SEGMENTS',
  tcpFollowedSegments: 'TCP_FOLLOWED_SEGMENTS',
  tcpMidstreamSegments: 'TCP_MIDSTREAM_SEGMENTS',
  midstream: 'MIDSTREAM',
  tcpOpened: 'TCP_OPENED',
  tcpEmpty: 'TCP_EMPTY',
  tcpIncomplete: 'TCP_INCOMPLETE',
  tcpLaterMessages: 'TCP_LATER_MESSAGES',
  tcpLaterShort: 'TCP_LATER_SHORT',
  tcpGaps: 'TCP_GAPS',
  tcpUnfollowable: 'TCP_UNFOLLOWABLE',
  flowsOpened: 'FLOWS_OPENED',
  flowsEvicted: 'FLOWS_EVICTED',
  memoHits: 'MEMO_HITS',
  memoMisses: 'MEMO_MISSES',
} as const

/** Reads all counters from the kernel's memory. */
export function readCounters(view: DataView, constants: KernelConstants): KernelCounters {
  const base = constantOf(constants, 'COUNTERS')
  const read = (number: number) => Number(view.getBigUint64(base + number * 8, true))
  const at = (name: string) => constantOf(constants, `COUNTER_${name}`)

  const single = Object.fromEntries(Object.entries(SINGLE).map(([key, name]) => [key, read(at(name))]))
  const undecoded: Record<string, number> = {}
  namesByNumber(constants, 'REASON_').forEach((reason, number) => {
    undecoded[reason] = read(at('UNDECODED') + number)
  })
  const contexts = {} as Record<ContextName, ContextCounters>
  CONTEXT_NAMES.forEach((name, index) => {
    contexts[name] = {
      streams: read(at('STREAMS') + index),
      anomalies: read(at('ANOMALIES') + index),
      short: read(at('SHORT') + index),
    }
  })
  return { ...(single as Record<keyof typeof SINGLE, number>), undecoded, contexts }
}
