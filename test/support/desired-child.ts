/**
 * A real agent whose process ends with SIGKILL at one step of writing settings or keys from the fleet.
 * Arguments: state folder, broker as JSON, number of the step at which it dies (0: never). Says `step NAME PATH`
 * before it dies.
 */
import { writeSync } from 'node:fs'
import { createAgent } from '../../agent/agent.js'
import { localConfig } from './desired.js'
import { createListLog } from './link.js'

const [stateFolder = '', broker = '{}', fatal = '0'] = process.argv.slice(2)
const settings = Object.fromEntries(
  Object.entries(JSON.parse(broker)).map(([name, value]) => [`broker.${name}`, value]),
)
const config = localConfig({
  stateFolder,
  ...settings,
  'capture.kind': 'stream',
  'capture.file': '-',
})
let steps = 0
const agent = await createAgent(config, {
  log: createListLog().log,
  step(name, path) {
    steps++
    if (steps !== Number(fatal)) return
    writeSync(1, `step ${name} ${path}\n`)
    process.kill(process.pid, 'SIGKILL')
  },
})
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
await agent.run(stop.signal)
