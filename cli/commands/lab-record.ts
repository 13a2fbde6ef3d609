import type { Command } from 'commander'
import { recordClean, recordDemo } from '../../lab/record/index.js'
import type { Manifest } from '../../lab/record/manifest.js'
import type { RecordOptions, RecordProgress } from '../../lab/record/recorder.js'

interface Flags {
  out: string
  json?: true
}

/** Adds `record clean` and `record demo` to the `lab` command. */
export function registerLabRecord(parent: Command): void {
  const command = parent
    .command('record')
    .description('record real programs on port 53 in network namespaces of their own (needs root)')
  add(command, 'clean', 'real DNS clients and servers, a capture each: what a model learns from', recordClean)
  add(command, 'demo', 'lookups and six things that are not DNS, as one small capture', recordDemo)
}

function add(
  parent: Command,
  name: string,
  description: string,
  recordScenarios: (options: RecordOptions) => Promise<Manifest>,
): void {
  parent
    .command(name)
    .description(description)
    .requiredOption('--out <folder>', 'folder for the captures and manifest.json; created when missing')
    .option('--json', 'one JSON object a line: progress, then a summary')
    .action(async (flags: Flags) => {
      const controller = new AbortController()
      const stop = () => controller.abort(new Error('stopped'))
      const signals = ['SIGINT', 'SIGTERM'] as const
      for (const signal of signals) process.once(signal, stop)
      try {
        const manifest = await recordScenarios({
          outputFolder: flags.out,
          onProgress: flags.json ? writeJson : writeLine,
          signal: controller.signal,
        })
        const packets = manifest.captures.reduce((sum, capture) => sum + capture.packets, 0)
        const summary = { folder: flags.out, captures: manifest.captures.length, packets }
        if (flags.json) writeJson({ summary })
        else process.stdout.write(`${summary.captures} captures, ${packets} packets in ${flags.out}\n`)
      } finally {
        for (const signal of signals) process.removeListener(signal, stop)
      }
    })
}

function writeLine({ scenario, number, total, captures }: RecordProgress): void {
  if (captures === undefined) {
    process.stdout.write(`[${number}/${total}] ${scenario}\n`)
    return
  }
  for (const { file, packets, durationSeconds } of captures) {
    process.stdout.write(`      ${file}: ${packets} packets in ${durationSeconds} s\n`)
  }
}

function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
