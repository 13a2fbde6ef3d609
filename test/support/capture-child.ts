/**
 * A source in a process of its own, for tests in another network namespace or with other rights.
 * Argument: `CaptureSettings` with `serverPorts`, as JSON. Writes JSON lines: `{ "opened": true }`, then at the end
 * `{ "frames": [hex], "statistics": {} }` or `{ "error": { "code", "message", "hint" } }`. SIGTERM stops the source.
 */
import { type CaptureSettings, openSource } from '../../agent/capture/open.js'
import type { FirsteightError } from '../../core/errors.js'
import { RecordingSink } from './recording-sink.js'

const { serverPorts, ...settings } = JSON.parse(process.argv[2] ?? '') as CaptureSettings & {
  serverPorts: number[]
}
const write = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`)
const sink = new RecordingSink()
const source = openSource(settings, serverPorts)
process.on('SIGTERM', () => void source.stop())
try {
  await source.run(sink, () => write({ opened: true }))
  write({ frames: sink.packets.map(({ frame }) => frame.toString('hex')), statistics: source.statistics() })
} catch (error) {
  const { code, message, hint } = error as FirsteightError
  write({ error: { code, message, hint } })
}
