import t from 'tap'
import { Scorer } from '../../../agent/score/scorer.js'
import { Shadow } from '../../../agent/score/shadow.js'
import { CONTEXT_NAMES, contextNumber } from '../../../core/contexts.js'
import { Kernel } from '../../../core/kernel.js'
import { encodeModelFile, type ModelFile } from '../../../core/model-file.js'
import { datagramCapture } from '../../support/datagram-capture.js'
import { smallModel } from '../../support/models.js'
import { randomModel } from '../../support/random-model.js'

const ports = (index: number): [number, number] => (index % 3 === 0 ? [53, 5000 + index] : [5000 + index, 53])
const payloads = Array.from({ length: 600 }, (_, index) => {
  const payload = Buffer.alloc(12)
  payload.writeUInt32BE(Math.imul(index, 2654435761) >>> 0, 2)
  return payload
})
const capture = datagramCapture(payloads, ports)

async function loaded(model: ModelFile) {
  const kernel = await Kernel.load({ seed: 1 })
  kernel.loadModel(model)
  kernel.setServerPorts([53])
  return { kernel, model }
}

function withThreshold(threshold: number): ModelFile {
  const model = randomModel({ seed: 9, hidden: 8 })
  for (const context of model.contexts!) context.threshold = threshold
  return encodeModelFile(model)
}

/** What each of two models flags, by scoring every payload alone. */
function expected(active: Awaited<ReturnType<typeof loaded>>, candidate: typeof active, from: number) {
  const counts = Object.fromEntries(CONTEXT_NAMES.map((name) => [name, { a: 0, c: 0, oa: 0, oc: 0, n: 0 }]))
  payloads.slice(from).forEach((payload, offset) => {
    const context = ports(from + offset)[0] === 53 ? 'udp-response' : 'udp-query'
    const flags = ({ kernel, model }: typeof active) =>
      kernel.score(context, payload).loss > model.byContext.get(context)!.threshold!
    const [a, c] = [flags(active), flags(candidate)]
    const count = counts[context]!
    count.n++
    if (a) count.a++
    if (c) count.c++
    if (a && !c) count.oa++
    if (c && !a) count.oc++
  })
  return CONTEXT_NAMES.map((name) => {
    const { n, a, c, oa, oc } = counts[name]!
    return {
      context: contextNumber(name),
      streams: n,
      activeAnomalies: a,
      candidateAnomalies: c,
      onlyActive: oa,
      onlyCandidate: oc,
    }
  })
}

for (const [what, piece] of [
  ['in chunks of 1000 bytes', 1000],
  ['in chunks that cut every record', 13],
] as const) {
  t.test(`both models see the same streams, ${what}; differences are counted`, async (t) => {
    const [active, candidate] = [await loaded(smallModel(3, 0.43)), await loaded(withThreshold(0.47))]
    let shadow: Shadow | undefined
    const scorer = new Scorer(active.kernel, (record) => shadow?.activeRecord(record))
    const RECORD = 16 + 28 + 12
    const half = 24 + 300 * RECORD
    const feed = (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += piece) {
        const part = bytes.subarray(at, at + piece)
        scorer.chunkSpace().set(part)
        scorer.chunk(part.length)
      }
    }
    // Joined in the middle of a record.
    feed(capture.subarray(0, half + 5))
    shadow = new Shadow(active, candidate)
    scorer.follow(shadow)
    feed(capture.subarray(half + 5))
    scorer.end()
    const figures = shadow.figures()
    const reference = expected(await loaded(smallModel(3, 0.43)), await loaded(withThreshold(0.47)), 300)
    t.same(figures.contexts, reference)
    t.ok(reference[0]!.onlyActive > 0 && reference[0]!.onlyCandidate > 0, 'the models differ both ways')
    t.equal(figures.uncompared, 0)
    t.equal(figures.examples.length, 8)
    t.equal(figures.examples.filter(({ candidateFlags }) => candidateFlags).length, 4)
    for (const { candidateFlags, activeLoss, candidateLoss } of figures.examples) {
      t.equal(candidateFlags ? activeLoss <= 0.43 : candidateLoss <= 0.47, true)
    }
  })
}

t.test('packet by packet, even where the alert on the way uses the packet memory', async (t) => {
  const [active, candidate] = [await loaded(smallModel(3, 0.43)), await loaded(withThreshold(0.47))]
  const shadow = new Shadow(active, candidate)
  const scorer = new Scorer(active.kernel, (record) => {
    shadow.activeRecord(record)
    active.kernel.packetBuffer.fill(0, 0, 64)
  })
  scorer.follow(shadow)
  payloads.forEach((_, index) => {
    const at = 24 + index * 56 + 16
    scorer.packetBuffer.set(capture.subarray(at, at + 40))
    scorer.packet(101, 40, 40, 1_700_000_000e6 + index)
  })
  const reference = expected(await loaded(smallModel(3, 0.43)), await loaded(withThreshold(0.47)), 0)
  t.same(shadow.figures().contexts, reference)
  scorer.follow(undefined)
  scorer.packet(101, 40, 40, 1_700_000_001e6)
  t.same(shadow.figures().contexts[0]!.streams, reference[0]!.streams, 'it follows no more')
})

t.test('a candidate that flags everything is not looked at one by one for ever', async (t) => {
  const [active, candidate] = [await loaded(smallModel(3)), await loaded(withThreshold(1e-7))]
  const shadow = new Shadow(active, candidate)
  const scorer = new Scorer(active.kernel, () => {})
  scorer.follow(shadow)
  for (let round = 0; round < 10; round++) {
    for (let index = 0; index < 600; index++) {
      const at = 24 + index * 56 + 16
      scorer.packetBuffer.set(capture.subarray(at, at + 40))
      scorer.packet(101, 40, 40, 1_700_000_000e6 + index)
    }
  }
  const { contexts, uncompared } = shadow.figures()
  const flagged = contexts.reduce((sum, { candidateAnomalies }) => sum + candidateAnomalies, 0)
  const compared = contexts.reduce((sum, { onlyCandidate }) => sum + onlyCandidate, 0)
  t.equal(flagged, 6000)
  t.equal(compared, 5000)
  t.equal(compared + uncompared, flagged)
  shadow.idle(Number.POSITIVE_INFINITY)
  scorer.packet(101, 40, 40, 1_700_000_001e6)
  t.equal(shadow.figures().contexts[0]!.onlyCandidate + shadow.figures().contexts[1]!.onlyCandidate, 5001)
})
