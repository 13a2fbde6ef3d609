import t from 'tap'
import { JavaScriptNetwork } from '../../../bench/rivals/javascript.js'
import { Random } from '../../../bench/traffic/random.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { IntegerNetwork } from '../../reference/integer.js'
import { randomModel } from '../../support/random-model.js'

t.test('the tuned network gives the reference loss, to the last bit', async (t) => {
  const random = new Random(3)
  const shapes: [number, number, number][] = [
    [32, 8, 0.5],
    [16, 16, 0.05],
    [8, 8, 3.9],
    [32, 16, 3.9],
  ]
  for (const [hidden, bottleneck, magnitude] of shapes) {
    const { byContext } = encodeModelFile(randomModel({ seed: 7, hidden, bottleneck, magnitude }))
    for (const context of byContext.values()) {
      const reference = new IntegerNetwork(context)
      const tuned = new JavaScriptNetwork(context)
      const bytes = random.bytes(16)
      for (let at = 0; at <= 8; at++) {
        t.equal(tuned.loss(bytes, at), reference.score(bytes.subarray(at, at + 8)).lossUnits)
      }
    }
  }
})
