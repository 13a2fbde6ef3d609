import { setTimeout as sleep } from 'node:timers/promises'
import { AgentProcess } from './agent-process.js'
import { INTERFACE, type Site } from './site.js'

/** The ways to capture that are measured, and the agent's options for each. */
export const WAYS = {
  cap: ['--capture', 'cap'],
  stream: ['--capture', 'stream'],
  stream_batched: ['--capture', 'stream', '--delivery', 'batched'],
} as const

export type Way = keyof typeof WAYS

/** Packets of a step that are still on their way when the sender has ended are captured within this time, ms. */
const SETTLE = 1500
/** Between two looks at the memory while the sender sends, ms. */
const LOOK = 200

/** What one agent made of one sender's packets. */
export interface Step {
  sent: number
  /** Packets a second that the sender reached. */
  rate: number
  captured: number
  scored: number
  /** As the capture mechanism counted; undefined where it cannot know. */
  dropped: number | undefined
  /** Nanoseconds of processor time a packet: agent and capture program. */
  cpu: number
  /** Milliseconds. */
  lagMaximum: number
  lagHigh: number
  /** Bytes of the agent's resident memory: before, and the most while the sender sent. */
  residentBefore: number
  residentMost: number
  /** Bytes of JavaScript's heap that grew a captured packet; undefined when there was a collection in between. */
  heap: number | undefined
  published: number
  acknowledged: number
}

/**
 * Starts an agent, sends at a rate (0: as fast as it goes) for so long, ends the agent.
 * @param options.node options for the agent's Node.js
 * @param options.through a program and arguments that run the agent, such as those of `Limits`
 */
export async function measureStep(
  site: Site,
  way: Way,
  rate: number,
  seconds: number,
  options: { node?: readonly string[]; through?: readonly string[] } = {},
): Promise<Step> {
  // Control groups are out of sight inside: `ip netns exec` mounts a /sys of its own.
  const through = [...(options.through ?? []), ...site.through]
  const args = ['--interface', INTERFACE, ...WAYS[way], ...site.brokerOptions]
  const agent = new AgentProcess(args, { through, node: options.node ?? [] })
  try {
    await agent.capturing()
    const before = await agent.reading()
    const cpuBefore = agent.cpuSeconds()
    const residentBefore = agent.memory().resident
    let residentMost = residentBefore
    let sending = true
    const looking = (async () => {
      while (sending && !agent.hasEnded) {
        residentMost = Math.max(residentMost, agent.memory().resident)
        await sleep(LOOK)
      }
    })()
    const sent = await site.send(rate, seconds)
    sending = false
    await looking
    await sleep(SETTLE)
    const reading = await agent.reading()
    const cpu = agent.cpuSeconds()
    const summary = await agent.stop()
    const { received: _received, dropped } = summary.capture
    const taken = cpu.agent - cpuBefore.agent + cpu.program - cpuBefore.program
    return {
      sent: sent.sent,
      rate: sent.sent / sent.seconds,
      captured: summary.packets,
      scored: summary.streams,
      dropped: dropped === 'unknown' ? undefined : dropped,
      cpu: (taken * 1e9) / summary.packets,
      lagMaximum: reading.lagMaximum,
      lagHigh: reading.lagHigh,
      residentBefore,
      residentMost,
      heap:
        reading.collections === before.collections
          ? (reading.heapUsed - before.heapUsed) / summary.packets
          : undefined,
      published: summary.link.published,
      acknowledged: summary.link.acknowledged,
    }
  } finally {
    agent.kill()
  }
}

/** A step as figures: names begin with `prefix` and end with the unit. */
export function figuresOf(prefix: string, step: Step): Record<string, number> {
  return {
    [`${prefix}_sent_packets_per_second`]: step.rate,
    [`${prefix}_sent_packets`]: step.sent,
    [`${prefix}_captured_packets`]: step.captured,
    [`${prefix}_scored_packets`]: step.scored,
    [`${prefix}_lost_packets`]: step.sent - step.captured,
    ...(step.dropped !== undefined && { [`${prefix}_counted_as_lost_packets`]: step.dropped }),
    [`${prefix}_cpu_nanoseconds_per_packet`]: step.cpu,
    [`${prefix}_timer_lag_maximum_milliseconds`]: step.lagMaximum,
    [`${prefix}_timer_lag_p99_milliseconds`]: step.lagHigh,
    [`${prefix}_resident_mebibytes`]: step.residentMost / 2 ** 20,
    ...(step.heap !== undefined && { [`${prefix}_heap_bytes_per_packet`]: step.heap }),
  }
}

/** A step in a line, for people. */
export function stepText(step: Step): string {
  const lost = step.sent - step.captured
  const counted = step.dropped === undefined ? 'unknown to the capture' : `${step.dropped} counted`
  return (
    `${step.sent} sent, ${step.captured} captured, ${step.scored} scored, ${lost} lost (${counted}), ` +
    `${Math.round(step.cpu)} ns a packet, timers ${step.lagMaximum.toFixed(1)} ms late at most, ` +
    `${(step.residentMost / 2 ** 20).toFixed(0)} MiB, heap ${step.heap?.toFixed(3) ?? 'collected'} bytes a packet`
  )
}
