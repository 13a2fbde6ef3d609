import { createHash } from 'node:crypto'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { hasSimd, Kernel } from '../../core/kernel.js'
import { readModelFile } from '../../core/model-file.js'
import { evaluationSets } from './evaluation-streams.js'

/** Prints one SHA-256 over the losses of every evaluation stream, by each build of the kernel that runs here. */
const file = await readModelFile(DEFAULT_MODEL_PATH)
const streams = [...evaluationSets(5000).values()].flat()
for (const build of hasSimd() ? (['simd', 'scalar'] as const) : (['scalar'] as const)) {
  const kernel = await Kernel.load({ build, seed: 1 })
  kernel.loadModel(file)
  const hash = createHash('sha256')
  const loss = new Uint32Array(1)
  for (const { context, firstEight } of streams) {
    loss[0] = kernel.score(context, firstEight).lossUnits
    hash.update(loss)
  }
  console.log(`${build}: ${streams.length} losses, SHA-256 ${hash.digest('hex')}`)
}
