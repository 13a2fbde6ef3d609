import { strict as assert } from 'node:assert'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import type { Kernel } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import type { StreamRecord } from '../../core/stream-record.js'

/**
 * Every packet is accounted for, exactly once.
 * @param packets how many the kernel was given
 * @param allEnded whether all flows were ended since
 * @throws AssertionError
 */
export function checkCounters(counters: KernelCounters, packets: number, allEnded: boolean): void {
  const undecoded = sum(Object.values(counters.undecoded))
  const { otherPorts, udpDatagrams, tcpSegments } = counters
  assert.equal(counters.packets, packets, 'packets given')
  assert.equal(undecoded + otherPorts + udpDatagrams + tcpSegments, packets, 'packets by outcome')
  assert.equal(settled(counters, 'udp'), udpDatagrams, 'UDP datagrams')
  assert.equal(counters.tcpFollowedSegments + counters.tcpMidstreamSegments, tcpSegments, 'TCP segments')
  const tcp = settled(counters, 'tcp') + counters.tcpEmpty + counters.tcpIncomplete
  if (allEnded) assert.equal(tcp, counters.tcpOpened, 'TCP directions')
  else assert.ok(tcp <= counters.tcpOpened, 'TCP directions')
  for (const context of Object.values(counters.contexts))
    assert.ok(context.anomalies <= maximumOf(counters, context))
}

/** An anomaly is counted for a scored stream or for a later message of one. */
function maximumOf(counters: KernelCounters, context: { streams: number }): number {
  return context.streams + counters.tcpLaterMessages
}

function settled(counters: KernelCounters, transport: string): number {
  return sum(
    CONTEXT_NAMES.filter((name) => name.startsWith(transport)).map(
      (name) => counters.contexts[name].streams + counters.contexts[name].short,
    ),
  )
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/**
 * A record says nothing that cannot be.
 * @throws AssertionError
 */
export function checkRecord(record: StreamRecord): void {
  assert.ok(['anomaly', 'short', 'clean'].includes(record.kind), 'kind')
  assert.ok(record.context.startsWith(record.transport), 'context fits transport')
  assert.ok([4, 16].includes(record.clientAddress.length), 'address length')
  assert.equal(record.clientAddress.length, record.serverAddress.length)
  assert.ok(record.vlanIds.length <= 2 && record.vlanIds.every((id) => id < 4096), 'VLAN ids')
  assert.ok(Number.isFinite(record.timeMicroseconds) && record.timeMicroseconds >= 0, 'time')
  assert.ok(record.payloadPrefix.length <= Math.min(64, record.payloadLength), 'payload prefix')
  assert.ok(record.flowStreams >= 1, 'the stream itself counts')
  assert.ok(record.transport === 'tcp' || record.messageIndex === 0, 'message index')
  if (record.kind === 'short') {
    assert.ok(record.firstEight.length < 8, 'short')
    assert.equal(record.loss, 0)
  } else {
    assert.equal(record.firstEight.length, 8)
    assert.ok(record.loss >= 0 && record.loss < 64, 'loss')
    assert.equal(record.kind === 'anomaly', record.loss > record.threshold, 'verdict')
  }
}

/**
 * No write strayed out of its region, and the networks still give the losses that they gave at the start.
 * @param losses from probeLosses(), taken when the model had just been loaded
 * @throws AssertionError
 */
export function checkMemory(kernel: Kernel, losses: readonly number[]): void {
  assert.ok(kernel.functions.guardsIntact(), 'guards between memory regions')
  assert.deepEqual(probeLosses(kernel), losses, 'losses of known patterns')
}

/** Losses of fixed patterns in every context, computed anew (not from the memo). */
export function probeLosses(kernel: Kernel): number[] {
  kernel.functions.enableMemo(0)
  const losses = CONTEXT_NAMES.flatMap((context) =>
    [0, 1, 2, 3].map((probe) => kernel.score(context, PROBES.subarray(probe * 8, probe * 8 + 8)).lossUnits),
  )
  kernel.functions.enableMemo(1)
  return losses
}

const PROBES = Uint8Array.from({ length: 32 }, (_, index) => index * 37)
