import t, { type Test } from 'tap'
import { CensusPublisher } from '../../../agent/census/publisher.js'
import type { BrokerMessage } from '../../../core/broker/connection.js'
import { decodeCensusPart } from '../../../core/census-message.js'
import { Kernel } from '../../../core/kernel.js'
import { encodeModelFile, inputMasksOf } from '../../../core/model-file.js'
import { createListLog, until } from '../../support/link.js'
import { randomModel } from '../../support/random-model.js'

/** A publisher over a real kernel, whose messages a test takes, and acknowledges or not. */
async function publisher(t: Test, intervalMilliseconds = 3_600_000) {
  const kernel = await Kernel.load({ seed: 0 })
  let model = encodeModelFile(randomModel({ seed: 5 }))
  kernel.loadModel(model)
  kernel.setServerPorts([53])
  kernel.telemetry.countPatterns(true)
  const sent: BrokerMessage[] = []
  const broker = { takes: true }
  const { log, lines } = createListLog()
  const census = new CensusPublisher({
    source: () => ({ modelId: model.id, masks: inputMasksOf(model), telemetry: kernel.telemetry }),
    mailbox: {
      send: async (message) => {
        if (broker.takes) sent.push(message)
        return broker.takes
      },
    },
    speaker: { site: 's', node: 'n', bootId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10' },
    sequence: () => 4,
    intervalMilliseconds,
    log,
  })
  census.start()
  t.teardown(() => census.stop())
  /** Scores UDP queries with flags 0, 1, 2 ... */
  const query = (count: number, from = 0) => {
    for (let index = 0; index < count; index++) {
      const datagram = Buffer.alloc(40)
      datagram.set([
        0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x30, 0, 0, 53, 0, 20, 0, 0,
      ])
      datagram.writeUInt16BE(from + index, 34)
      kernel.packetBuffer.set(datagram)
      kernel.packet(101, datagram.length, 1e15)
    }
    kernel.takeRecords(() => {})
  }
  const changeModel = (seed: number) => {
    census.modelChanges()
    model = encodeModelFile(randomModel({ seed }))
    kernel.loadModel(model)
  }
  const messages = () => sent.map(({ payload }) => decodeCensusPart(payload))
  const streams = () =>
    messages().reduce(
      (sum, { contexts }) =>
        sum +
        contexts.reduce((all, { counts, overflow }) => counts.reduce((a, b) => a + b, all) + overflow, 0),
      0,
    )
  return { census, broker, sent, messages, streams, query, changeModel, lines, modelId: () => model.id }
}

t.test('what was counted is published once, and the next interval begins anew', async (t) => {
  const { census, sent, messages, query, streams, modelId } = await publisher(t)
  await census.publishNow()
  t.equal(sent.length, 0, 'nothing was counted')
  query(3)
  query(3)
  await census.publishNow()
  query(1)
  await census.publishNow()
  t.match(sent[0], { topic: 'firsteight/v1/s/n/census/1', retain: true, schema: 'firsteight.v1.Census' })
  const [first, second] = messages()
  t.match(first, { number: 1, part: 1, parts: 1, modelId: modelId(), header: { sequence: 4 } })
  t.match(second, { number: 2, part: 1, parts: 1, fromMicroseconds: first!.toMicroseconds })
  t.equal(streams(), 7)
})

t.test('while the broker takes nothing the kernel goes on counting, and nothing is missing', async (t) => {
  const { census, broker, messages, query, streams } = await publisher(t)
  broker.takes = false
  query(2)
  await census.publishNow()
  query(2)
  await census.publishNow()
  query(2)
  broker.takes = true
  await census.publishNow()
  t.equal(streams(), 6)
  t.same(
    messages().map(({ number }) => number),
    [1, 2],
    'the first as it was, the rest together',
  )
})

t.test(
  'many patterns come in numbered parts, and only those that were not taken are sent again',
  async (t) => {
    const { census, broker, sent, messages, query, streams } = await publisher(t)
    query(6000)
    await census.publishNow()
    const parts = messages().map(({ part, parts, number }) => [number, part, parts])
    t.ok(parts.length > 1)
    t.same(
      parts,
      parts.map((_, index) => [1, index + 1, parts.length]),
    )
    t.same(
      sent.map(({ topic }) => topic),
      parts.map((_, index) => `firsteight/v1/s/n/census/${index + 1}`),
    )
    t.equal(streams(), 6000)
    broker.takes = false
    await census.publishNow()
    t.equal(sent.length, parts.length)
  },
)

t.test('a new model: its counts are apart, with its id and masks', async (t) => {
  const { census, messages, query, streams, changeModel } = await publisher(t)
  query(2)
  changeModel(6)
  query(3)
  await census.publishNow()
  await census.publishNow()
  t.equal(new Set(messages().map(({ modelId }) => modelId)).size, 2)
  t.equal(streams(), 5)
})

t.test(
  'models that change without end, and no broker: the oldest counts are lost, and counted',
  async (t) => {
    const { census, broker, query, streams, changeModel, lines } = await publisher(t)
    broker.takes = false
    for (let seed = 0; seed < 6; seed++) {
      query(seed + 1)
      changeModel(seed)
    }
    t.equal(census.lostStreams, 1 + 2)
    t.match(lines.join(''), /a census of 1 streams is lost/)
    broker.takes = true
    await census.publishNow()
    t.equal(streams(), 3 + 4 + 5 + 6)
  },
)

t.test('it publishes by itself, and what is left at the end', async (t) => {
  const { census, sent, query, streams } = await publisher(t, 20)
  query(2)
  await until('an interval has passed', () => sent.length === 1)
  query(1)
  await census.stop()
  t.equal(streams(), 3)
})
