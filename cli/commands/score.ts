import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { openSource } from '../../agent/capture/open.js'
import { Scorer } from '../../agent/score/scorer.js'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { Kernel, type KernelBuild } from '../../core/kernel.js'
import { readModelFile } from '../../core/model-file.js'
import { captureSummary, captureSummaryText } from '../capture-summary.js'
import { addExamples } from '../help.js'
import { wholeNumber } from '../number-options.js'
import { createOutput } from '../output.js'
import { recordJson, recordText } from '../render-record.js'
import type { CommandContext } from './command.js'

interface ScoreOptions {
  model: string
  ports: number[]
  kernel: KernelBuild | 'best'
  every?: true
  limit: number
  json?: true
}

/** The flow table's hash need not be secret for a file, and the same file gives the same output every time. */
const SEED = 1

export function registerScore(program: Command, context: CommandContext): void {
  const command = program
    .command('score')
    .description('Score a capture file and print its anomalous streams; no broker, no rights needed.')
    .argument('<file>', 'pcap or pcapng, plain or gzip; - for standard input')
    .option('--model <file>', 'model file', DEFAULT_MODEL_PATH)
    .option('--ports <list>', 'server ports, comma-separated', parsePorts, [53])
    .option('--kernel <build>', 'best, simd or scalar', parseKernel, 'best')
    .option('--every', 'print clean streams, too')
    .option('--limit <lines>', 'print at most this many streams as text', wholeNumber(0, 999_999_999), 100)
    .option('--json', 'one JSON object a line for each stream, a last {"summary": ...}')
    .action((file: string, options: ScoreOptions) => score(file, options, context.stopSignal()))
  addExamples(
    command,
    [
      ['firsteight score office.pcap', 'what on port 53 is not DNS'],
      ['firsteight score office.pcap.gz --json | tail -1', 'the counts alone'],
      ['tcpdump -r old.pcap -w - | firsteight score -', 'from a pipe'],
    ],
    ['INPUT', 'MODEL'],
  )
}

async function score(file: string, options: ScoreOptions, signal: AbortSignal): Promise<void> {
  const output = createOutput({ json: options.json })
  const model = await readModelFile(options.model)
  const kernel = await Kernel.load({ build: options.kernel, seed: SEED })
  kernel.loadModel(model)
  kernel.setServerPorts(options.ports)
  kernel.reportEveryStream(options.every === true)

  let printed = 0
  const scorer = new Scorer(kernel, (record) => {
    printed++
    const text = printed <= options.limit && !output.json
    output.line(output.json ? recordJson(record) : {}, text ? recordText(record) : '')
  })
  const source = openSource(
    {
      kind: file === '-' ? 'stream' : 'file',
      file,
      interface: '',
      filter: '',
      bufferMebibytes: 1,
      delivery: 'immediate',
      command: [],
    },
    options.ports,
  )
  signal.addEventListener('abort', () => void source.stop(), { once: true })
  const started = performance.now()
  const summarise = () => {
    scorer.flushStreams()
    const seconds = (performance.now() - started) / 1000
    const counters = scorer.counters()
    const more =
      printed > options.limit ? `... and ${printed - options.limit} more streams (see --limit)\n` : ''
    output.summary(
      {
        ...captureSummary(counters),
        modelId: model.id,
        kernel: kernel.build,
        seconds: Number(seconds.toFixed(6)),
      },
      `${more}${printed > 0 ? '\n' : ''}${captureSummaryText(counters)}\n${seconds.toFixed(2)} s, ${kernel.build} kernel, model ${model.id.slice(0, 12)}`,
    )
  }
  try {
    await source.run(scorer)
  } catch (error) {
    // What was seen before a capture broke off is worth knowing; a capture that never began has nothing to tell.
    if (scorer.counters().packets > 0) summarise()
    throw error
  }
  summarise()
}

function parsePorts(text: string): number[] {
  const ports = text.split(',').map(Number)
  if (ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65535))
    throw new InvalidArgumentError('expected ports from 1 to 65535, such as 53 or 53,5353.')
  return ports
}

function parseKernel(text: string): string {
  if (!['best', 'simd', 'scalar'].includes(text))
    throw new InvalidArgumentError('expected best, simd or scalar.')
  return text
}
