import type { Command } from 'commander'
import { addExamples } from '../help.js'
import type { CommandContext } from './command.js'
import { registerModelExport } from './model-export.js'
import { registerModelImport } from './model-import.js'
import { registerModelPublish } from './model-publish.js'
import { registerModelRollback } from './model-rollback.js'
import { registerModelRollout } from './model-rollout.js'
import { registerModelSign } from './model-sign.js'
import { registerModelStatus } from './model-status.js'
import { registerModelVerify } from './model-verify.js'

/** Adds `model`: model files to and from other programs, the proof of how one came to be, and its way to the agents. */
export function registerModel(program: Command, context: CommandContext): void {
  const model = program
    .command('model')
    .description('roll a model out to agents, export it to ONNX, import one, or verify how it came to be')
  registerModelExport(model)
  registerModelImport(model)
  registerModelVerify(model)
  registerModelSign(model)
  registerModelPublish(model)
  registerModelRollout(model, context)
  registerModelStatus(model)
  registerModelRollback(model)
  addExamples(
    model,
    [
      ['firsteight model export --onnx --out exported', "the default model's networks as ONNX files"],
      ['firsteight model import exported/*.onnx --out site.model', 'and back'],
      [
        'firsteight model verify models/default.model lab/census/clean.census.tsv --attack lab/census/attack.census.tsv',
        'train it again and compare the bytes',
      ],
      ['firsteight model rollout site.model --target all --sign-with ops.key', 'shadow, canary, everybody'],
      ['firsteight model status', 'what each agent runs'],
    ],
    ['INPUT', 'MODEL', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}
