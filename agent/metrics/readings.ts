import { CONTEXT_NAMES } from '../../core/contexts.js'
import { METRICS, type MetricSample } from '../../core/metric-catalogue.js'
import { lossQuantile } from './quantile.js'
import type { MetricSources } from './sources.js'
import { type Counts, Totals } from './totals.js'

const QUANTILES = { lossMedian: 0.5, lossP90: 0.9, lossP99: 0.99, lossP999: 0.999 } as const

/** Field and label as one key. Labels hold no space. */
const keyOf = (field: string, label: string) => `${field} ${label}`
const COUNTERS = METRICS.filter(({ kind }) => kind === 'counter')
/** Counts of losses by context and bucket: what quantiles are made of; no metric themselves. */
const LOSSES = 'losses'

/** Reads the sources into totals since the agent's start, and makes samples of totals, or of what lies between two. */
export class Readings {
  readonly #sources: MetricSources
  readonly #totals = new Totals()

  constructor(sources: MetricSources) {
    this.#sources = sources
  }

  /**
   * Reads every counter. Call it before counters begin anew, too.
   * @param cpuSeconds since the process's start
   * @returns a copy of the totals
   */
  observe(cpuSeconds: number): Counts {
    const { modelId, kernel, losses, capture, alerts, link, mailbox, censusLostStreams } = this.#sources
    this.#totals.observe('kernel', kernelCounts(kernel()))
    const counted = CONTEXT_NAMES.flatMap((context) =>
      losses(context).map((count, bucket) => [`${LOSSES} ${context} ${bucket}`, count] as const),
    )
    this.#totals.observe(LOSSES, new Map(counted.filter(([, count]) => count > 0)), modelId())
    const { received, dropped } = capture()
    this.#observe('received', { captureReceived: received })
    this.#observe('dropped', { captureDropped: dropped })
    const routed = alerts()
    this.#observe('alerts', {
      records: routed.recordsIn,
      streamsExcepted: routed.exceptedStreams,
      alertsPublished: routed.publishedAlerts,
      alertsSuppressed: routed.suppressedAlerts,
      escalationsSuppressed: routed.suppressedEscalations,
      streamsPublished: routed.publishedStreams,
      streamsSuppressed: routed.suppressedStreams,
      windowsEvicted: routed.evictedWindows,
    })
    const { published, acknowledged, dropped: lost, unpublishable, reconnects, outbox } = link()
    this.#observe('link', {
      reportsOffered: published,
      reportsAcknowledged: acknowledged,
      reportsDropped: lost,
      escalationsDropped: outbox.dropped.escalation,
      reviewsDropped: outbox.dropped.review,
      reportsRefused: unpublishable,
      reportsRecovered: outbox.recovered,
      reportsKeptInMemory: outbox.fellBack,
      spoolDamages: outbox.damaged,
      reconnects,
    })
    this.#observe('rest', {
      brokerRefusals: mailbox().refused,
      censusLostStreams: censusLostStreams(),
      cpuSeconds,
    })
    const evidence = this.#sources.evidence()
    this.#observe('evidence', {
      evidenceFlows: evidence?.flows,
      evidenceMissing: evidence?.without,
      evidenceEvicted: evidence?.dropped,
      evidenceUnwritten: evidence?.failed,
    })
    for (const field of ['ordersRefused', 'commands'] as const) {
      const labelled = [...this.#sources[field]()]
      this.#totals.observe(field, new Map(labelled.map(([label, count]) => [keyOf(field, label), count])))
    }
    return new Map(this.#totals.values)
  }

  /** What the sources tell beside counters, by field. */
  gauges(): Map<string, number> {
    const { alerts, link, mailbox } = this.#sources
    const evidence = this.#sources.evidence()
    const { queued, outbox } = link()
    return new Map([
      ['openWindows', alerts().openWindows],
      ['reportsWaiting', queued],
      ['waitingBytes', outbox.bytes],
      ...(outbox.oldestSeconds === undefined
        ? []
        : [['oldestWaitingSeconds', outbox.oldestSeconds] as const]),
      ['diskRefuses', outbox.storage === 'fallback' ? 1 : 0],
      ...(evidence === undefined
        ? []
        : [['evidenceFiles', evidence.files] as const, ['evidenceBytes', evidence.bytes] as const]),
      ['echoProven', mailbox().proven ? 1 : 0],
    ])
  }

  /**
   * @param counts totals, or their difference
   * @param gauges by field
   */
  samples(counts: Counts, gauges: Counts): MetricSample[] {
    const samples: MetricSample[] = []
    const groups = new Map<string, MetricSample[]>()
    for (const [key, value] of counts) {
      const [field = '', label = ''] = key.split(' ')
      const group = groups.get(field) ?? []
      groups.set(field, group)
      group.push({ field, label, value })
    }
    for (const { field } of COUNTERS) samples.push(...(groups.get(field) ?? []))
    const ends = this.#sources.lossBucketEnds()
    for (const context of CONTEXT_NAMES) {
      const losses = ends.map((_, bucket) => counts.get(`${LOSSES} ${context} ${bucket}`) ?? 0)
      for (const [field, share] of Object.entries(QUANTILES)) {
        const value = lossQuantile(losses, ends, share)
        if (value !== undefined) samples.push({ field, label: context, value })
      }
    }
    for (const [field, value] of gauges) samples.push({ field, label: '', value })
    return samples
  }

  /** Counts that are not known are left out. */
  #observe(group: string, counts: Record<string, number | undefined>): void {
    const known = Object.entries(counts).flatMap(([field, count]) =>
      count === undefined ? [] : [[keyOf(field, ''), count] as const],
    )
    this.#totals.observe(group, new Map(known))
  }
}

function kernelCounts({ undecoded, contexts, ...single }: ReturnType<MetricSources['kernel']>): Counts {
  return new Map([
    ...Object.entries(single).map(([field, count]) => [keyOf(field, ''), count] as const),
    ...Object.entries(undecoded).map(([reason, count]) => [keyOf('undecoded', reason), count] as const),
    ...CONTEXT_NAMES.flatMap((context) =>
      Object.entries(contexts[context]).map(([field, count]) => [keyOf(field, context), count] as const),
    ),
  ])
}
