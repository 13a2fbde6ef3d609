import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { Kernel } from '../../core/kernel.js'
import { readModelFile } from '../../core/model-file.js'
import { type Check, ok } from './check.js'

/** @param path empty: the model that comes with firsteight */
export function modelCheck(path: string): Check {
  return {
    name: 'model',
    look: async () => {
      const file = path || DEFAULT_MODEL_PATH
      const model = await readModelFile(file)
      const kernel = await Kernel.load()
      kernel.loadModel(model)
      return ok(`${file} is intact and loads, id ${model.id.slice(0, 12)}`)
    },
  }
}
