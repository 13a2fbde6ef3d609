import t from 'tap'
import { Captures } from '../../../bench/path/captures.js'
import { costGrowth } from '../../../bench/path/growth.js'
import { Pass } from '../../../bench/path/pass.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'

t.test('a pass reads each packet, and the cost of packets can be compared', (t) =>
  Captures.with(
    () => {},
    async (captures) => {
      const model = encodeModelFile(randomModel({ seed: 1 }))
      const [few, many] = [await captures.write(100, 100), await captures.write(1000, 100)]
      for (const depth of ['score-memo', 'score'] as const) {
        const pass = await Pass.load(depth, many, model)
        t.ok((await pass.seconds()) > 0, depth)
        t.equal(pass.packets, 1000, depth)
      }
      t.ok((await costGrowth([few, many], model, 1)) > 0)
    },
  ),
)
