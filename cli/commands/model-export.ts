import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { FirsteightError, messageOf } from '../../core/errors.js'
import { readModelFile } from '../../core/model-file.js'
import { writeFileWhole } from '../../core/write-file.js'
import { exportOnnx } from '../../lab/onnx/export.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'

/** Adds `export` to the `model` command. */
export function registerModelExport(model: Command): void {
  const command = model
    .command('export')
    .description("write a model's networks as ONNX, one file a context; docs/onnx.md describes them")
    .argument('[model]', 'model file', DEFAULT_MODEL_PATH)
    .requiredOption('--onnx', 'as ONNX, the only format there is')
    .requiredOption('--out <folder>', 'where udp-query.onnx, udp-response.onnx, ... go; made if missing')
    .option('--json', 'print results as JSON lines')
    .action(runExport)
  addExamples(
    command,
    [['firsteight model export site.model --onnx --out exported', 'four files for any ONNX runtime']],
    ['INPUT', 'MODEL'],
  )
}

async function runExport(path: string, flags: { out: string; json?: true }): Promise<void> {
  const output = createOutput({ json: flags.json })
  const file = await readModelFile(path)
  const exported = exportOnnx(file)
  await makeFolder(flags.out)
  for (const [context, bytes] of exported) {
    const written = join(flags.out, `${context}.onnx`)
    await writeFileWhole(written, bytes)
    output.line({ context, file: written, bytes: bytes.length }, `wrote ${written}`)
  }
  output.summary({ model: path, id: file.id, files: exported.size }, `model id ${file.id}`)
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw new FirsteightError('FILE_UNWRITABLE', `cannot make the folder ${path}: ${messageOf(error)}`, {
      hint: 'Choose a place that can be written to.',
      details: { file: path },
      cause: error,
    })
  }
}
