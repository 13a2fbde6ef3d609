import type { Command } from 'commander'
import { addAgentOptions, agentConfig } from '../agent-options.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import { runAgent } from '../run-agent.js'
import type { CommandContext } from './command.js'

interface ReplayOptions {
  realtime?: true
  json?: true
}

export function registerReplay(program: Command, context: CommandContext): void {
  const command = program
    .command('replay')
    .description('Run a capture file through the whole agent, alerts to the broker included.')
    .argument('<file>', 'pcap or pcapng, plain or gzip')
    .option('--realtime', 'at the pace of its capture times (default: at full speed)')
  addAgentOptions(command)
    .option('--json', 'one JSON object a line for each alert, a last {"summary": ...}')
    .action((file: string, options: ReplayOptions) =>
      runAgent(agentConfig(command, { 'capture.kind': 'file', 'capture.file': file }), {
        output: createOutput(options),
        signal: context.stopSignal(),
        failFast: true,
        realtime: options.realtime ?? false,
      }),
    )
  addExamples(
    command,
    [
      [
        'firsteight replay office.pcap --broker mqtt://127.0.0.1:1883',
        'what this office would have reported',
      ],
      ['firsteight replay office.pcap --realtime --site branch-17', 'the same, as slowly as it happened'],
    ],
    ['CONFIG', 'INPUT', 'MODEL', 'BROKER'],
  )
}
