import type { Command } from 'commander'
import { addExamples } from '../help.js'
import { registerModelExport } from './model-export.js'
import { registerModelImport } from './model-import.js'
import { registerModelVerify } from './model-verify.js'

/** Adds `model`: model files to and from other programs, and the proof of how one came to be. */
export function registerModel(program: Command): void {
  const model = program
    .command('model')
    .description('export a model to ONNX, import one, or verify that its data and settings give it again')
  registerModelExport(model)
  registerModelImport(model)
  registerModelVerify(model)
  addExamples(
    model,
    [
      ['firsteight model export --onnx --out exported', "the default model's networks as ONNX files"],
      ['firsteight model import exported/*.onnx --out site.model', 'and back'],
      [
        'firsteight model verify models/default.model lab/census/clean.census.tsv --attack lab/census/attack.census.tsv',
        'train it again and compare the bytes',
      ],
    ],
    ['INPUT', 'MODEL', 'CHECK_FAILED'],
  )
}
