import type { ContextName } from '../../core/contexts.js'
import type { KernelCounters } from '../../core/kernel-counters.js'

/** Where the metrics come from. Asked anew for each reading, because a new model may bring new ones. */
export interface MetricSources {
  modelId(): string
  kernel(): KernelCounters
  /** Losses by bucket, since the model was loaded; buckets without losses may be left out at the end. */
  losses(context: ContextName): readonly number[]
  lossBucketEnds(): readonly number[]
  capture(): { received: number | undefined; dropped: number | undefined }
  alerts(): {
    recordsIn: number
    exceptedStreams: number
    publishedAlerts: number
    suppressedAlerts: number
    suppressedEscalations: number
    publishedStreams: number
    suppressedStreams: number
    evictedWindows: number
    openWindows: number
  }
  link(): {
    published: number
    acknowledged: number
    dropped: number
    unpublishable: number
    reconnects: number
    queued: number
    outbox: {
      storage: 'memory' | 'disk' | 'fallback'
      bytes: number
      oldestSeconds: number | undefined
      dropped: { escalation: number; review: number }
      recovered: number
      damaged: number
      fellBack: number
    }
  }
  mailbox(): { proven: boolean; refused: number }
  /** Orders refused since the start, by error code. */
  ordersRefused(): ReadonlyMap<string, number>
  /** Commands ended since the start, by result. */
  commands(): ReadonlyMap<string, number>
  /** Undefined when none is kept. */
  evidence():
    | { flows: number; without: number; dropped: number; failed: number; files: number; bytes: number }
    | undefined
  censusLostStreams(): number
}
