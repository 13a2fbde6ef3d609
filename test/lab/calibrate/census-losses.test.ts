import t from 'tap'
import { Kernel } from '../../../core/kernel.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { lossesByContext } from '../../../lab/calibrate/census-losses.js'
import type { Census } from '../../../lab/census/census.js'
import { randomModel } from '../../support/random-model.js'

const model = encodeModelFile(randomModel({ seed: 3, hidden: 8 }))
const census = (rows: Census['rows'], mask = 'ffffffffffffffff'): Census => ({
  captures: [],
  masks: new Map([['udp-query', Uint8Array.from(Buffer.from(mask, 'hex'))]]),
  rows,
})
const row = (pattern: string, count: number, program = 'a') =>
  ({ context: 'udp-query', program, pattern, count }) as const

t.test("losses are the deployed kernel's; rows that differ in hidden bits only are one", async (t) => {
  const rows = [row('123401000001ab00', 3), row('567801000001ab00', 4), row('567801000001ab00', 5, 'b')]
  const losses = (await lossesByContext(model, census(rows), 'x')).get('udp-query')!
  const kernel = await Kernel.load()
  kernel.loadModel(model)
  const loss = kernel.score('udp-query', Buffer.from('ffff01000001ab00', 'hex')).lossUnits / 2 ** 26
  t.same(losses, [
    { program: 'a', pattern: '000001000001ab00', count: 7, loss },
    { program: 'b', pattern: '000001000001ab00', count: 5, loss },
  ])
})

t.test('a census that hides what the model reads is refused', async (t) => {
  t.equal(
    (await lossesByContext(model, census([row('000001000001ab00', 1)], '0000ffffffffffff'), 'x')).size,
    1,
  )
  await t.rejects(
    lossesByContext(model, census([row('000001000001ab00', 1)], '0000ffffffffff00'), 'site.tsv'),
    {
      code: 'TRAINING_DATA',
      message:
        /^site\.tsv: udp-query: mask 0000ffffffffff00 leaves out bits that the model reads \(0000ffffffffffff\)/,
    },
  )
})

t.test('a model that lacks a context cannot score', async (t) => {
  const udp = encodeModelFile(randomModel({ seed: 3, hidden: 8, contexts: ['udp-response'] }))
  await t.rejects(lossesByContext(udp, census([row('000001000001ab00', 1)]), 'x'), {
    code: 'MODEL_UNSUPPORTED',
  })
})
