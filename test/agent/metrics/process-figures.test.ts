import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ProcessFigures } from '../../../agent/metrics/process-figures.js'

t.test('figures of this process, and a blocked event loop shows', async (t) => {
  const figures = new ProcessFigures()
  const before = await figures.gauges()
  t.equal(before.get('eventLoopLagHighestSeconds'), 0, 'nothing was looked at yet')
  figures.start()
  figures.restart()
  await sleep(500)
  const blockedUntil = performance.now() + 500
  const cpu = figures.cpuSeconds()
  while (performance.now() < blockedUntil);
  await sleep(300)
  const gauges = await figures.gauges()
  t.ok(figures.cpuSeconds() > cpu)
  t.ok(gauges.get('eventLoopLagHighestSeconds')! >= 0.3, `${gauges.get('eventLoopLagHighestSeconds')}`)
  t.ok(gauges.get('residentBytes')! > 10_000_000)
  t.ok(gauges.get('heapUsedBytes')! > 1_000_000)
  t.ok(gauges.get('uptimeSeconds')! > 0)
  const utilization = gauges.get('eventLoopUtilization')!
  t.ok(utilization > 0 && utilization <= 1, `${utilization}`)
  figures.stop()
})
