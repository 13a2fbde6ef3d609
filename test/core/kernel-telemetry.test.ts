import t from 'tap'
import { Random } from '../../bench/traffic/random.js'
import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { hasSimd, type KernelBuild } from '../../core/kernel.js'
import { encodeModelFile } from '../../core/model-file.js'
import { KernelHarness } from '../support/kernel-harness.js'
import { randomModel } from '../support/random-model.js'

const BUILDS: KernelBuild[] = ['debug', 'scalar', ...(hasSimd() ? (['simd'] as const) : [])]

/** Queries, answers and TCP messages, of `kinds` different patterns at most. */
function send(harness: KernelHarness, random: Random, streams: number, kinds: number): void {
  for (let stream = 0; stream < streams; stream++) {
    const message = Buffer.alloc(20)
    message.writeUInt16BE(random.next() & 0xffff, 0)
    message.writeUInt16BE(random.below(kinds), 2)
    const from = random.pick(['client', 'server'] as const)
    if (random.chance(0.8)) harness.send(from, { payload: message })
    else {
      const sequence = random.next()
      harness.syn(from, sequence)
      // Two messages, the second cut in its first eight bytes.
      const bytes = Buffer.concat([Buffer.from([0, 20]), message, Buffer.from([0, 20]), message])
      harness.tcp(from, sequence + 1, bytes.subarray(0, 25))
      harness.tcp(from, sequence + 26, bytes.subarray(25))
    }
  }
}

/** What the records say, pattern by pattern. */
function counted(harness: KernelHarness, masks: ReadonlyMap<ContextName, Uint8Array>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { context, firstEight } of harness.records) {
    const mask = masks.get(context)!
    const key = `${context} ${Buffer.from(firstEight.map((byte, at) => byte & mask[at]!)).toString('hex')}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

function patternsOf(harness: KernelHarness): { counts: Map<string, number>; overflow: Map<string, number> } {
  const counts = new Map<string, number>()
  const overflow = new Map<string, number>()
  for (const [context, found] of harness.kernel.telemetry.patterns()) {
    found.counts.forEach((count, row) => {
      const pattern = found.patterns.subarray(row * 8, row * 8 + 8)
      counts.set(`${context} ${Buffer.from(pattern).toString('hex')}`, count)
    })
    if (found.overflow > 0) overflow.set(context, found.overflow)
  }
  return { counts, overflow }
}

for (const build of BUILDS) {
  const harness = await KernelHarness.create({ build })
  const { telemetry } = harness.kernel
  const model = randomModel({ seed: 5 })
  const masks = new Map(CONTEXT_NAMES.map((name, index) => [name, model.contexts![index]!.inputMask!]))

  t.test(`${build}: patterns are counted as the records tell`, async (t) => {
    harness.clear()
    telemetry.countPatterns(true)
    send(harness, new Random(1), 3000, 200)
    const expected = counted(harness, masks)
    t.ok(expected.size > 300 && harness.records.length > 3000)
    t.same(patternsOf(harness), { counts: expected, overflow: new Map() })
    for (const [context, { patterns }] of telemetry.patterns()) {
      const rows = patterns.length / 8
      const order = Array.from({ length: rows }, (_, row) =>
        Buffer.from(patterns.subarray(row * 8, row * 8 + 8)),
      )
      t.ok(
        order.every((pattern, row) => row === 0 || pattern.compare(order[row - 1]!) > 0),
        context,
      )
    }
    telemetry.clearPatterns()
    t.equal(patternsOf(harness).counts.size, 0)
  })

  t.test(`${build}: a flood of patterns overflows, and the sum is right`, async (t) => {
    harness.clear()
    telemetry.countPatterns(true)
    send(harness, new Random(2), 400, 10)
    const early = counted(harness, masks)
    send(harness, new Random(3), 40_000, 65_536)
    const expected = counted(harness, masks)
    const { counts, overflow } = patternsOf(harness)
    for (const key of early.keys()) t.equal(counts.get(key), expected.get(key))
    for (const context of CONTEXT_NAMES) {
      const sum = (all: Map<string, number>) =>
        [...all].reduce((total, [key, count]) => (key.startsWith(`${context} `) ? total + count : total), 0)
      t.ok(overflow.get(context)! > 0, `${context} overflows`)
      t.equal(sum(counts) + overflow.get(context)!, sum(expected), context)
    }
    t.ok(counts.size > 7800 && counts.size <= 8192, `${counts.size} patterns`)
    t.equal(harness.kernel.functions.guardsIntact(), 1)
  })

  t.test(`${build}: between two server ports, patterns are not counted, losses are`, async (t) => {
    harness.clear()
    telemetry.countPatterns(true)
    telemetry.countLosses(true)
    harness.send('client', { sourcePort: 53, payload: Buffer.alloc(20) })
    t.equal(harness.records.length, 1)
    t.equal(patternsOf(harness).counts.size, 0)
    t.equal(
      CONTEXT_NAMES.flatMap((context) => telemetry.losses(context)).reduce((sum, count) => sum + count, 0),
      1,
    )
  })

  t.test(`${build}: every loss is in the bucket where it belongs`, async (t) => {
    harness.clear()
    telemetry.countLosses(true)
    const ends = telemetry.lossBucketEnds()
    send(harness, new Random(4), 3000, 65_536)
    const expected = new Map(CONTEXT_NAMES.map((name) => [name, ends.map(() => 0)]))
    for (const { context, loss } of harness.records) {
      expected.get(context)![ends.findIndex((end) => loss < end)]!++
    }
    for (const context of CONTEXT_NAMES) t.same(telemetry.losses(context), expected.get(context), context)
  })

  t.test(`${build}: a new model, a reset and an end begin anew`, async (t) => {
    const anew: [string, () => void][] = [
      ['model', () => harness.kernel.loadModel(encodeModelFile(model))],
      ['reset', () => harness.kernel.reset(1)],
      ['end', () => telemetry.countPatterns(false)],
    ]
    for (const [name, act] of anew) {
      telemetry.countPatterns(true)
      telemetry.countLosses(true)
      harness.send('client', { payload: Buffer.alloc(20) })
      t.equal(patternsOf(harness).counts.size, 1)
      act()
      t.equal(patternsOf(harness).counts.size, 0, name)
      if (name === 'end') telemetry.countLosses(false)
      t.ok(telemetry.losses('udp-query').every((count) => count === 0))
    }
    harness.send('client', { payload: Buffer.alloc(20) })
    t.equal(patternsOf(harness).counts.size, 0)
  })
}

t.test('the ends of the buckets', async (t) => {
  const { kernel } = await KernelHarness.create()
  const ends = kernel.telemetry.lossBucketEnds()
  t.equal(ends[0], 2 ** -26)
  t.equal(ends.at(-1), 64)
  t.ok(ends.every((end, index) => index < 8 || end / ends[index - 1]! <= 1.125))
  t.ok(ends.every((end, index) => index === 0 || end > ends[index - 1]!))
})
