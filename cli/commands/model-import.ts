import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import { FirsteightError, messageOf } from '../../core/errors.js'
import { writeFileWhole } from '../../core/write-file.js'
import { type Imported, importOnnx, ONNX_FILE_LIMIT, type OnnxFile } from '../../lab/onnx/import.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'

/** Adds `import` to the `model` command. */
export function registerModelImport(model: Command): void {
  const command = model
    .command('import')
    .description('join ONNX files, one a context, to a model file; docs/onnx.md says what they must hold')
    .argument('<file...>', 'ONNX files')
    .requiredOption('--out <model>', 'where the model file goes')
    .option('--round', 'round weights and biases to the deployed grid of 1/1024 instead of refusing others')
    .option('--json', 'print results as JSON lines')
    .action(runImport)
  addExamples(
    command,
    [['firsteight model import exported/*.onnx --out site.model', 'an exported model, byte for byte']],
    ['INPUT', 'MODEL'],
  )
}

async function runImport(paths: string[], flags: { out: string; round?: true; json?: true }): Promise<void> {
  const output = createOutput({ json: flags.json })
  const files: OnnxFile[] = []
  for (const path of paths) files.push({ name: path, bytes: await readBounded(path) })
  const imported = importOnnx(files, { round: flags.round === true })
  await writeFileWhole(flags.out, imported.file.bytes)
  const { file, rounded, exportedId } = imported
  output.summary(
    { model: flags.out, id: file.id, contexts: file.byContext.size, rounded, exportedId: exportedId || null },
    [`wrote ${flags.out}`, `model id ${file.id}`, ...remarks(imported)].join('\n'),
  )
}

function remarks({ file, rounded, exportedId }: Imported): string[] {
  const lines: string[] = []
  if (rounded > 0) {
    lines.push(
      `warning: ${rounded} weights and biases were rounded to multiples of 1/1024; evaluate the model again`,
    )
  }
  if (exportedId === file.id) lines.push('the model that was exported, unchanged')
  else if (exportedId !== '') {
    lines.push(`warning: not the model that was exported, ${exportedId}, which stands as its parent now`)
  }
  return lines
}

/** At most one byte beyond the limit is read, so that the import can refuse a file of any size. */
async function readBounded(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path)
    try {
      const buffer = Buffer.alloc(ONNX_FILE_LIMIT + 1)
      let length = 0
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null)
        length += bytesRead
        if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length)
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `${path}: ${messageOf(error)}`, {
      hint: 'Check the path and the permissions.',
      details: { file: path },
      cause: error,
    })
  }
}
