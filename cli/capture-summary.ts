import type { KernelCounters } from '../core/kernel-counters.js'

/** What became of every packet and stream: `packets` = `undecoded` + `otherPorts` + `udpDatagrams` + `tcpSegments`. */
export function captureSummary(counters: KernelCounters): Record<string, unknown> {
  const { packets, otherPorts, udpDatagrams, tcpSegments, midstream, undecoded, contexts, ...others } =
    counters
  const total = (field: 'streams' | 'anomalies' | 'short') =>
    Object.values(contexts).reduce((sum, context) => sum + context[field], 0)
  return {
    packets,
    streams: total('streams'),
    anomalies: total('anomalies'),
    short: total('short') + counters.tcpLaterShort,
    midstream,
    undecoded,
    contexts,
    otherPorts,
    udpDatagrams,
    tcpSegments,
    ...others,
  }
}

/** The same for people. */
export function captureSummaryText(counters: KernelCounters): string {
  const { contexts, undecoded } = counters
  const rows = Object.entries(contexts).map(
    ([name, { streams, anomalies, short }]) =>
      `  ${name.padEnd(14)}${cell(streams)}${cell(anomalies)}${cell(short)}`,
  )
  const reasons = Object.entries(undecoded)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} ${count}`)
  const sum = Object.values(undecoded).reduce((total, count) => total + count, 0)
  return [
    `  ${'context'.padEnd(14)}${'streams'.padStart(12)}${'anomalies'.padStart(12)}${'short'.padStart(12)}`,
    ...rows,
    '',
    `${counters.packets} packets: ${counters.udpDatagrams} UDP datagrams and ${counters.tcpSegments} TCP segments on server ports,` +
      ` ${counters.otherPorts} on other ports, ${sum} not decoded${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`,
    `TCP streams seen without their start: ${counters.midstream}; without a byte: ${counters.tcpEmpty};` +
      ` with a hole in the first eight bytes: ${counters.tcpIncomplete}; later messages scored: ${counters.tcpLaterMessages}`,
  ].join('\n')
}

const cell = (count: number) => String(count).padStart(12)
