import t from 'tap'
import { firsteight, jsonLines } from '../../support/command-line.js'

t.test('the demo shows each alert and how to go live', async (t) => {
  const { exitCode, stdout, stderr } = await firsteight(['demo'])
  t.equal(exitCode, 0, stderr)
  t.match(stdout, 'AI-Anomalous-DNS-Reconstruction')
  for (const hint of ['SSH', 'TLS', 'HTTP', 'OpenVPN']) t.match(stdout, hint)
  t.match(stdout, 'To go live:')
})

t.test('every alert comes through the broker, for the six flows that are not DNS', async (t) => {
  const { exitCode, stdout } = await firsteight(['demo', '--json'])
  t.equal(exitCode, 0)
  const lines = jsonLines(stdout)
  const { summary } = lines.pop()
  t.equal(summary.received, lines.length)
  t.match(summary.link, { published: lines.length, acknowledged: lines.length, dropped: 0 })
  const clients = new Set(lines.map(({ anomaly }) => anomaly.flow.clientAddress))
  t.same([...clients].sort(), [
    '192.0.2.21',
    '192.0.2.22',
    '192.0.2.23',
    '192.0.2.24',
    '192.0.2.25',
    '192.0.2.26',
  ])
  t.equal(summary.alerts.publishedStreams, summary.anomalies + summary.short)
})
