import type { Command } from 'commander'
import { addAgentOptions, agentConfig } from '../agent-options.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import { runAgent } from '../run-agent.js'
import type { CommandContext } from './command.js'

export function registerRun(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .description('Capture live, score every stream on the server ports, and publish anomalies to the broker.')
  addAgentOptions(command, { capture: true })
    .option('--json', 'one JSON object a line for each alert, a last {"summary": ...}')
    .action((options: { json?: true }) =>
      runAgent(agentConfig(command), {
        output: createOutput(options),
        signal: context.stopSignal(),
        readConfig: () => agentConfig(command),
      }),
    )
  addExamples(
    command,
    [
      ['firsteight doctor -i eth0', 'first: can this machine do it?'],
      ['firsteight run -i eth0 --broker mqtts://broker.example:8883 --ca ca.pem', 'with libpcap through cap'],
      ['firsteight run -i eth0 --capture stream', 'with tcpdump; only tcpdump needs the right to capture'],
      ['firsteight run --config /etc/firsteight.yaml', 'all settings from a file'],
    ],
    ['CONFIG', 'INPUT', 'MODEL', 'CAPTURE', 'BROKER'],
  )
}
