import t from 'tap'
import { alarmsOf } from '../../cli/fleet-alarms.js'
import { sampleMetrics } from '../support/sample-metrics.js'

const codesOf = (...samples: [field: string, value: number, label?: string | undefined][]) =>
  alarmsOf(
    sampleMetrics({ samples: samples.map(([field, value, label = '']) => ({ field, label, value })) }),
  ).map(({ code }) => code)

t.test('each trouble has its alarm', async (t) => {
  const troubles: [field: string, value: number, code: string, label?: string][] = [
    ['captureDropped', 1, 'capture-drops'],
    ['reportsDropped', 1, 'alerts-lost'],
    ['escalationsSuppressed', 1, 'escalations-held-back'],
    ['reportsWaiting', 1001, 'alerts-waiting'],
    ['diskRefuses', 1, 'disk'],
    ['echoProven', 0, 'orders-unheard'],
    ['ordersRefused', 1, 'orders-refused', 'ENVELOPE_EXPIRED'],
    ['brokerRefusals', 1, 'broker-refusals'],
    ['censusLostStreams', 1, 'census-lost'],
    ['temperatureCelsius', 85, 'hot'],
    ['eventLoopLagHighestSeconds', 5.1, 'busy'],
  ]
  for (const [field, value, code, label] of troubles) t.same(codesOf([field, value, label]), [code])
})

t.test('nothing is wrong, or not known to be', async (t) => {
  t.same(codesOf(), [])
  t.same(
    codesOf(['captureDropped', 0], ['echoProven', 1], ['reportsWaiting', 1000], ['temperatureCelsius', 60]),
    [],
  )
})
