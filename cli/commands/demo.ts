import type { Command } from 'commander'
import { createAgent } from '../../agent/agent.js'
import { loadConfig } from '../../agent/config.js'
import { resolveBroker } from '../../core/broker/options.js'
import { Subscriber } from '../../core/broker/subscriber.js'
import { createLog } from '../../core/log.js'
import { anomalyReportJson } from '../../core/message-json.js'
import { packageFile } from '../../core/package-files.js'
import { reportJson } from '../agent-report.js'
import { captureSummaryText } from '../capture-summary.js'
import { createPaint, wantsColor } from '../color.js'
import { EmbeddedBroker } from '../embedded-broker.js'
import { addExamples } from '../help.js'
import { createOutput, type Output } from '../output.js'
import { renderReport } from '../render-alert.js'
import type { CommandContext } from './command.js'

/** Some seconds of an office's port 53, recorded from real programs; lab/captures/README.md says how. */
const CAPTURE = packageFile('lab/captures/demo.pcap')

const GO_LIVE = `To go live:
  1. firsteight doctor -i eth0        what this machine lacks, and the command that mends it
  2. firsteight run -i eth0 --broker mqtt://broker.example:1883
  3. firsteight watch --broker mqtt://broker.example:1883
Settings: docs/configuration.md. Your own captures without a broker: firsteight score FILE`

export function registerDemo(program: Command, context: CommandContext): void {
  const command = program
    .command('demo')
    .description('Replay a recorded office through agent and embedded broker; no rights, no set-up.')
    .option('--json', 'one JSON object a line for each alert, a last {"summary": ...}')
    .action((options: { json?: true }) => demo(createOutput(options), context.stopSignal()))
  addExamples(command, [['firsteight demo', 'see it work']], ['MODEL', 'BROKER'])
}

async function demo(output: Output, signal: AbortSignal): Promise<void> {
  const broker = await EmbeddedBroker.start()
  const log = createLog({ level: 'warn', format: 'text' })
  const paint = createPaint(wantsColor(process.stdout, process.env))
  let received = 0
  const subscriber = new Subscriber({
    options: resolveBroker({ url: broker.url, protocol: '3.1.1' }, 'firsteight-demo-watch'),
    log,
    only: {},
    deliver(delivery) {
      if (delivery.kind !== 'anomaly') return
      received++
      output.line(anomalyReportJson(delivery.report), `${renderReport(delivery.report, paint)}\n\n`)
    },
  })
  try {
    await subscriber.start()
    const config = loadConfig({
      environment: {},
      flags: [
        { name: 'demo', path: 'site', value: 'demo' },
        { name: 'demo', path: 'node', value: 'office' },
        { name: 'demo', path: 'broker.url', value: broker.url },
        { name: 'demo', path: 'broker.protocol', value: '3.1.1' },
        { name: 'demo', path: 'capture.kind', value: 'file' },
        { name: 'demo', path: 'capture.file', value: CAPTURE },
      ],
    })
    const agent = await createAgent(config, { log, failFast: true })
    if (!output.json)
      process.stdout.write('Replaying a recorded office through the agent to a broker on loopback ...\n\n')
    await agent.run(signal)
    const report = agent.report()
    const { published } = report.link
    output.summary(
      { ...reportJson(report), modelId: agent.modelId, kernel: agent.kernelBuild, received },
      `${captureSummaryText(report.kernel)}\n\n${received} of ${published} alerts came through the broker.` +
        ` The rest of the traffic was taken for DNS.\n\n${GO_LIVE}`,
    )
  } finally {
    await subscriber.stop()
    await broker.stop()
  }
}
