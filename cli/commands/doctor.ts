import type { Command } from 'commander'
import type { Config } from '../../agent/config.js'
import { FirsteightError } from '../../core/errors.js'
import { addAgentOptions, agentConfig } from '../agent-options.js'
import { type Color, createPaint, wantsColor } from '../color.js'
import { brokerChecks } from '../doctor/broker.js'
import { captureChecks } from '../doctor/capture.js'
import { type Check, type Diagnosis, diagnose, failed, ok, type State } from '../doctor/check.js'
import { modelCheck } from '../doctor/model.js'
import { clockCheck, kernelCheck, nodeCheck } from '../doctor/platform.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import type { CommandContext } from './command.js'

const COLORS: Readonly<Record<State, Color>> = { ok: 'green', warning: 'yellow', failed: 'red' }

export function registerDoctor(program: Command, _context: CommandContext): void {
  const command = program
    .command('doctor')
    .description(
      'Check what the agent needs on this machine, with the settings of `run`, and say what mends it.',
    )
  addAgentOptions(command, { capture: true })
    .option(
      '--json',
      'one JSON object a check, a last {"summary": ...}; then {"error": ...} when a check failed',
    )
    .action((options: { json?: true }) => doctor(command, options))
  addExamples(
    command,
    [
      ['firsteight doctor -i eth0', 'what live capture through libpcap needs'],
      ['firsteight doctor -i eth0 --capture stream', 'the same with tcpdump'],
      ['firsteight doctor --config /etc/firsteight.yaml', 'with all settings from a file'],
    ],
    ['CHECK_FAILED'],
  )
}

async function doctor(command: Command, options: { json?: true }): Promise<void> {
  const output = createOutput(options)
  const paint = createPaint(wantsColor(process.stdout, process.env))
  const counts: Record<State, number> = { ok: 0, warning: 0, failed: 0 }
  for (const check of checksFor(command)) {
    const diagnosis = await diagnose(check)
    counts[diagnosis.state] += 1
    output.line(
      { ...diagnosis },
      diagnosisText(diagnosis, (text) => paint(COLORS[diagnosis.state], text)),
    )
  }
  output.summary(counts, `\n${counts.ok} ok, ${counts.warning} warnings, ${counts.failed} failed`)
  if (counts.failed > 0) {
    throw new FirsteightError('DOCTOR_FOUND', `${counts.failed} checks failed`, {
      hint: 'Mend what is listed above, and run firsteight doctor again.',
      details: counts,
    })
  }
}

/** Without valid settings only the machine itself can be looked at. */
function checksFor(command: Command): Check[] {
  const machine = [nodeCheck(), clockCheck()]
  let config: Config
  try {
    config = agentConfig(command)
  } catch (error) {
    if (!(error instanceof FirsteightError)) throw error
    const { message, hint } = error
    return [{ name: 'settings', look: () => failed(message, hint) }, ...machine, kernelCheck('best')]
  }
  return [
    { name: 'settings', look: () => ok('valid') },
    ...machine,
    kernelCheck(config.kernel),
    modelCheck(config.model),
    ...captureChecks(config),
    ...brokerChecks(config),
  ]
}

function diagnosisText({ name, state, finding, mend }: Diagnosis, paint: (text: string) => string): string {
  const indent = ' '.repeat(22)
  const lines = [`${paint(state.padEnd(8))} ${name.padEnd(13)}${finding.replaceAll('\n', `\n${indent}`)}`]
  if (mend) lines.push(`${indent}mend: ${mend}`)
  return lines.join('\n')
}
