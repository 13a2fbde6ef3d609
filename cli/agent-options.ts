import { type Command, Option } from 'commander'
import { type Config, loadConfig } from '../agent/config.js'

/** Options that set a field of the agent's configuration: every command that runs or checks an agent has them. */
const FIELD_OPTIONS = [
  ['--site <name>', 'site', 'site in topics and alerts'],
  ['--node <name>', 'node', 'node in topics and alerts (default: host name)'],
  ['--model <file>', 'model', 'model file (default: the one that comes with firsteight)'],
  ['--ports <list>', 'serverPorts', 'server ports, comma-separated (default: 53)'],
  ['--kernel <build>', 'kernel', 'best, simd or scalar (default: best)'],
  ['--broker <url>', 'broker.url', 'mqtt://, mqtts://, ws:// or wss:// (default: mqtt://127.0.0.1:1883)'],
  ['--protocol <version>', 'broker.protocol', 'MQTT 5 or 3.1.1 (default: 5)'],
  ['--username <name>', 'broker.username', 'user name at the broker'],
  ['--password-file <file>', 'broker.passwordFile', 'its first line is the password'],
  ['--ca <file>', 'broker.caFile', 'PEM: authorities that may sign the certificate of the broker'],
  ['--cert <file>', 'broker.certificateFile', 'PEM: client certificate'],
  ['--key <file>', 'broker.keyFile', 'PEM: key of the client certificate'],
  ['--window <seconds>', 'alerts.windowSeconds', 'aggregation window of one flow (default: 10)'],
  ['--cap <alerts>', 'alerts.capPerMinute', 'most alerts a minute; the rest is counted (default: 60)'],
  ['--log-level <level>', 'log.level', 'error, warn, info or debug (default: info)'],
  ['--log-format <format>', 'log.format', 'text or json (default: text)'],
] as const

/** Options of commands that capture live. */
const CAPTURE_OPTIONS = [
  ['-i, --interface <name>', 'capture.interface', 'interface to capture on (default: any)'],
  ['--capture <kind>', 'capture.kind', 'cap, stream or file (default: cap)'],
  ['--file <path>', 'capture.file', 'stream: a FIFO, or - for standard input; file: a capture file'],
  ['--buffer <mebibytes>', 'capture.bufferMebibytes', 'ring of packets that wait (default: 32)'],
  ['--delivery <kind>', 'capture.delivery', 'stream: immediate or batched (default: immediate)'],
  ['--filter <expression>', 'capture.filter', 'pcap filter (default: the server ports)'],
] as const

type FieldOption = readonly [flags: string, path: string, description: string]

/** Adds `--config` and an option for each setting that people change by hand. */
export function addAgentOptions(command: Command, { capture = false } = {}): Command {
  command.option(
    '--config <file>',
    'configuration file, YAML or JSON (default: $FIRSTEIGHT_CONFIG, else none)',
  )
  for (const [flags, , description] of fieldOptions(capture))
    command.addOption(new Option(flags, description))
  return command
}

/**
 * The configuration from defaults, file, environment and the command's options.
 * @param overrides settings of the command itself, by field path; they win
 * @throws FirsteightError CONFIG_UNREADABLE, CONFIG_INVALID with all problems
 */
export function agentConfig(command: Command, overrides: Record<string, unknown> = {}): Config {
  const values = command.opts<Record<string, unknown>>()
  const flags = fieldOptions(true).flatMap(([text, path]) => {
    const option = new Option(text)
    const value = values[option.attributeName()]
    return value === undefined ? [] : [{ name: option.long!, path, value }]
  })
  const own = Object.entries(overrides).map(([path, value]) => ({ name: command.name(), path, value }))
  const file = values.config as string | undefined
  return loadConfig({
    ...(file === undefined ? {} : { file }),
    environment: process.env,
    flags: [...flags, ...own],
  })
}

function fieldOptions(capture: boolean): readonly FieldOption[] {
  return capture ? [...FIELD_OPTIONS, ...CAPTURE_OPTIONS] : FIELD_OPTIONS
}
