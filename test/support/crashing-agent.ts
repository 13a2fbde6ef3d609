import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createAgent } from '../../agent/agent.js'
import { loadConfig } from '../../agent/config.js'
import { createLog } from '../../core/log.js'

/**
 * An agent that kills itself at the first step of its models' storage at which no run before it has died.
 * Arguments: settings file; file of the steps that were died at, a line each.
 */
const [settings = '', diedAt = ''] = process.argv.slice(2)
const known = new Set(existsSync(diedAt) ? readFileSync(diedAt, 'utf8').split('\n') : [])
const config = loadConfig({ file: settings, environment: {}, flags: [] })
const agent = await createAgent(config, {
  log: createLog(config.log),
  modelStep: async (step) => {
    if (known.has(step)) return
    appendFileSync(diedAt, `${step}\n`)
    process.kill(process.pid, 'SIGKILL')
    // The signal needs a moment; nothing may happen after this step.
    await new Promise(() => {})
  },
})
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
await agent.run(stop.signal)
