import type { MetricSources } from '../../agent/metrics/sources.js'
import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { Kernel } from '../../core/kernel.js'

/** Sources over a fresh kernel, with figures that a test may change. */
export async function metricSources() {
  const kernel = await Kernel.load({ seed: 0 })
  const figures = {
    modelId: 'ab'.repeat(32),
    counters: kernel.counters(),
    losses: new Map<ContextName, number[]>(CONTEXT_NAMES.map((context) => [context, []])),
    capture: { received: undefined, dropped: undefined } as ReturnType<MetricSources['capture']>,
    alerts: {
      ...{
        recordsIn: 0,
        exceptedStreams: 0,
        publishedAlerts: 0,
        suppressedAlerts: 0,
        suppressedEscalations: 0,
      },
      ...{ publishedStreams: 0, suppressedStreams: 0, evictedWindows: 0, openWindows: 0 },
    },
    link: {
      ...{ published: 0, acknowledged: 0, dropped: 0, unpublishable: 0, reconnects: 0, queued: 0 },
      outbox: {
        ...{ storage: 'memory', bytes: 0, oldestSeconds: undefined, dropped: { escalation: 0, review: 0 } },
        ...{ recovered: 0, damaged: 0, fellBack: 0 },
      },
    } as ReturnType<MetricSources['link']>,
    mailbox: { proven: false, refused: 0 },
    refused: new Map<string, number>(),
    commands: new Map<string, number>(),
    evidence: undefined as ReturnType<MetricSources['evidence']>,
    censusLost: 0,
  }
  const sources: MetricSources = {
    modelId: () => figures.modelId,
    kernel: () => figures.counters,
    losses: (context) => figures.losses.get(context)!,
    lossBucketEnds: () => kernel.telemetry.lossBucketEnds(),
    capture: () => figures.capture,
    alerts: () => figures.alerts,
    link: () => figures.link,
    mailbox: () => figures.mailbox,
    ordersRefused: () => figures.refused,
    commands: () => figures.commands,
    evidence: () => figures.evidence,
    censusLostStreams: () => figures.censusLost,
  }
  return { figures, sources }
}
