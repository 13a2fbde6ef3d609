/**
 * Every metric of an agent: field of proto/metrics.proto, meaning, unit. Messages, the Prometheus endpoint, the fleet
 * views and docs/metrics.md all follow this list.
 */
export interface MetricDescription {
  /** As in the decoded message; those by context are fields of ContextMetrics. */
  readonly field: string
  /** A counter tells the events of an interval; over HTTP, those since the agent's start. */
  readonly kind: 'counter' | 'gauge'
  readonly unit: string
  readonly help: string
  /** There are several, one for each value of this label. */
  readonly label?: 'context' | 'reason' | 'code' | 'result'
  /** Absent where the agent cannot know it, which is not zero. */
  readonly optional?: true
}

/** One figure; `label` is empty where the metric has none. */
export interface MetricSample {
  readonly field: string
  readonly label: string
  readonly value: number
}

type Row = [
  field: string,
  unit: string,
  help: string,
  more?: Partial<Pick<MetricDescription, 'label' | 'optional'>>,
]

/** Unit of what is true (1) or false (0). */
export const FLAG = '1 or 0'
const BY_CONTEXT = { label: 'context' } as const
const OPTIONAL = { optional: true } as const

const COUNTERS: Row[] = [
  ['packets', 'packets', 'that reached the kernel'],
  ['undecoded', 'packets', 'whose transport payload was not reached, by reason', { label: 'reason' }],
  ['otherPorts', 'packets', 'without a server port'],
  ['udpDatagrams', 'datagrams', 'on server ports'],
  ['tcpSegments', 'segments', 'on server ports'],
  ['tcpMidstreamSegments', 'segments', 'of TCP directions whose SYN was not seen'],
  ['midstream', 'TCP directions', 'that carried payload but whose SYN was not seen: not scored'],
  ['tcpOpened', 'TCP directions', 'whose SYN was seen'],
  ['tcpEmpty', 'TCP directions', 'that ended without payload'],
  ['tcpIncomplete', 'TCP directions', 'whose first eight bytes were not all captured'],
  ['tcpLaterMessages', 'messages', 'scored after the first of their TCP stream'],
  ['tcpLaterShort', 'messages', 'after the first of their TCP stream that ended before their eighth byte'],
  ['tcpGaps', 'TCP directions', 'no longer followed, because bytes were missing'],
  ['tcpUnfollowable', 'TCP directions', 'no longer followed, because a length prefix led nowhere'],
  ['flowsOpened', 'flows', 'seen for the first time'],
  ['flowsEvicted', 'flows', 'forgotten because the table was full'],
  ['memoHits', 'scores', 'taken from the memo of recent patterns'],
  ['memoMisses', 'scores', 'computed'],
  ['streams', 'streams', 'scored', BY_CONTEXT],
  ['anomalies', 'streams', 'above the threshold', BY_CONTEXT],
  ['short', 'streams', 'that ended before their eighth byte, so not scored', BY_CONTEXT],
  ['captureReceived', 'packets', 'that the capture mechanism counted', OPTIONAL],
  [
    'captureDropped',
    'packets',
    'lost before the agent saw them; on loopback libpcap counts each twice',
    OPTIONAL,
  ],
  ['records', 'streams', 'anomalous or short, handed to the router'],
  ['streamsExcepted', 'streams', 'among them that an exception let pass'],
  ['alertsPublished', 'alerts', 'handed to the link'],
  ['alertsSuppressed', 'alerts', 'held back by the cap per minute'],
  ['escalationsSuppressed', 'alerts', 'held back by the cap that were to escalate'],
  ['streamsPublished', 'streams', 'told of in published alerts'],
  ['streamsSuppressed', 'streams', 'in alerts held back'],
  ['windowsEvicted', 'windows', 'closed early because there was no room for more'],
  ['reportsOffered', 'reports', 'alerts and summaries handed to the link'],
  ['reportsAcknowledged', 'reports', 'that the broker has acknowledged'],
  ['reportsDropped', 'reports', 'lost: no room, too old, unreadable, or refused for their content'],
  ['escalationsDropped', 'reports', 'among them that were to escalate and were given up'],
  ['reviewsDropped', 'reports', 'among them that were for review and were given up'],
  ['reportsRefused', 'reports', 'among them that were refused for their content'],
  ['reportsRecovered', 'reports', 'found in the spool at the start'],
  ['reportsKeptInMemory', 'reports', 'that the disk did not take'],
  ['spoolDamages', 'places', 'in the spool whose bytes were no report'],
  ['reconnects', 'connections', 'to the broker after the first'],
  ['brokerRefusals', 'requests', 'subscriptions and messages beside alerts that the broker refused'],
  ['ordersRefused', 'orders', 'refused, by error code (docs/errors.md)', { label: 'code' }],
  ['commands', 'commands', 'ended, by result: done, failed or refused', { label: 'result' }],
  ['evidenceFlows', 'flows', 'whose packets were kept as evidence; absent where none are kept', OPTIONAL],
  [
    'evidenceMissing',
    'alerts',
    'without evidence, because none was held any more, or too much waited',
    OPTIONAL,
  ],
  ['evidenceEvicted', 'files', 'of evidence deleted because newer ones needed their room', OPTIONAL],
  ['evidenceUnwritten', 'files', 'of evidence that the disk did not take', OPTIONAL],
  ['censusLostStreams', 'streams', 'counted for a census that the broker never took'],
  ['cpuSeconds', 'seconds', 'of processor time, of the agent without the capture program'],
]

const GAUGES: Row[] = [
  ['lossMedian', 'loss', 'that half of the losses stay below', BY_CONTEXT],
  ['lossP90', 'loss', 'that 90% of the losses stay below', BY_CONTEXT],
  ['lossP99', 'loss', 'that 99% of the losses stay below', BY_CONTEXT],
  ['lossP999', 'loss', 'that 99.9% of the losses stay below', BY_CONTEXT],
  ['openWindows', 'windows', 'of flows whose alert is still to come'],
  ['reportsWaiting', 'reports', 'that the broker has not acknowledged yet'],
  ['waitingBytes', 'bytes', 'that waiting reports take, in memory or on disk'],
  ['oldestWaitingSeconds', 'seconds', 'that the oldest report has waited; absent where none waits', OPTIONAL],
  ['diskRefuses', FLAG, 'the disk takes no reports now, so that they wait in memory'],
  ['evidenceFiles', 'files', 'of evidence on disk; absent where none are kept', OPTIONAL],
  ['evidenceBytes', 'bytes', 'that they take, in whole blocks', OPTIONAL],
  ['echoProven', FLAG, 'an own message came back through the broker: orders reach this agent'],
  ['uptimeSeconds', 'seconds', "since the agent's start"],
  ['residentBytes', 'bytes', 'of memory that the process holds'],
  ['heapUsedBytes', 'bytes', "of JavaScript's heap in use"],
  ['temperatureCelsius', 'degrees Celsius', 'the hottest zone in /sys/class/thermal', OPTIONAL],
  ['eventLoopUtilization', 'share', 'of the time that the event loop was busy'],
  ['eventLoopLagP99Seconds', 'seconds', 'that 99% of timers were late at most'],
  ['eventLoopLagHighestSeconds', 'seconds', 'that the latest timer was late'],
]

const describe =
  (kind: MetricDescription['kind']) =>
  ([field, unit, help, more]: Row): MetricDescription => ({ field, kind, unit, help, ...more })

export const METRICS: readonly MetricDescription[] = [
  ...COUNTERS.map(describe('counter')),
  ...GAUGES.map(describe('gauge')),
]

/** `resident_bytes` of `residentBytes`: as in the .proto file. */
export function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Name at the Prometheus endpoint: https://prometheus.io/docs/practices/naming/ */
export function prometheusName({ field, kind }: MetricDescription): string {
  return `firsteight_${snakeCase(field)}${kind === 'counter' ? '_total' : ''}`
}
