import { createAgent } from '../agent/agent.js'
import type { Config } from '../agent/config.js'
import { createLog } from '../core/log.js'
import { bodyJson, bodyText, reportJson, reportText } from './agent-report.js'
import type { Output } from './output.js'

/** Runs an agent to its end, printing what it publishes and, last, what it counted. */
export async function runAgent(
  config: Config,
  options: {
    output: Output
    signal: AbortSignal
    failFast?: boolean
    realtime?: boolean
    readConfig?: () => Config
  },
): Promise<void> {
  const { output, signal, failFast, realtime, readConfig } = options
  const agent = await createAgent(config, {
    log: createLog(config.log),
    failFast: failFast ?? false,
    realtime: realtime ?? false,
    environment: process.env,
    ...(readConfig && { readConfig }),
    onReport: (eventId, body) => output.line(bodyJson(eventId, body), bodyText(body)),
  })
  const summarise = () => {
    const report = agent.report()
    output.summary(
      { ...reportJson(report), modelId: agent.modelId, kernel: agent.kernelBuild },
      `${reportText(report)}\n${agent.kernelBuild} kernel, model ${agent.modelId.slice(0, 12)}`,
    )
  }
  try {
    await agent.run(signal)
  } catch (error) {
    // What was seen before a capture broke off is worth knowing; a capture that never began has nothing to tell.
    if (agent.report().kernel.packets > 0) summarise()
    throw error
  }
  summarise()
}
