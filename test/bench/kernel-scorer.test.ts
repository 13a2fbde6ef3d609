import t from 'tap'
import { KernelScorer } from '../../bench/kernel-scorer.js'
import { Random } from '../../bench/traffic/random.js'
import { encodeModelFile } from '../../core/model-file.js'
import { IntegerNetwork } from '../reference/integer.js'
import { randomModel } from '../support/random-model.js'

t.test('it scores in the context that it was told, with and without memo', async (t) => {
  const model = encodeModelFile(randomModel({ seed: 5 }))
  const patterns = new Random(9).bytes(64 * 8)
  const reference = new IntegerNetwork(model.byContext.get('tcp-response')!)
  const expected = Array.from(
    { length: 64 },
    (_, index) => reference.score(patterns.subarray(index * 8, index * 8 + 8)).lossUnits,
  )
  const scorer = await KernelScorer.load('scalar', model, 'tcp-response')
  t.same([...scorer.losses(patterns, { memo: false })], expected)
  t.same([...scorer.losses(patterns, { memo: true })], expected)
  t.same([...scorer.losses(patterns, { memo: true })], expected)
  t.equal(scorer.inBatch(patterns, { memo: true }).name, 'scalar-memo')
  const { name, run } = scorer.oneByOne(patterns)
  t.equal(name, 'scalar')
  await run()
})
