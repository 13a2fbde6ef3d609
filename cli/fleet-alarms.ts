import { type Metrics, metricValue } from '../core/metrics-message.js'

/** What in an agent's metrics wants somebody's attention. */
export interface Alarm {
  /** Stable, for programs. */
  code: string
  text: string
}

const MANY_WAITING = 1000
const HOT_CELSIUS = 85
const LATE_SECONDS = 5

/** Alarms of one interval; none where a figure is unknown. */
export function alarmsOf(metrics: Metrics): Alarm[] {
  const value = (field: string) => metricValue(metrics, field) ?? 0
  const refused = metrics.samples.filter((sample) => sample.field === 'ordersRefused' && sample.value > 0)
  const codes = refused.map(({ label, value: count }) => `${label} x ${count}`).join(', ')
  const hot = value('temperatureCelsius')
  const late = value('eventLoopLagHighestSeconds')
  const alarms: [raised: boolean, code: string, text: string][] = [
    [value('captureDropped') > 0, 'capture-drops', `${value('captureDropped')} packets lost before scoring`],
    [value('reportsDropped') > 0, 'alerts-lost', `${value('reportsDropped')} alerts lost`],
    [
      value('escalationsSuppressed') > 0,
      'escalations-held-back',
      `${value('escalationsSuppressed')} critical alerts held back by the cap`,
    ],
    [
      value('reportsWaiting') > MANY_WAITING,
      'alerts-waiting',
      `${value('reportsWaiting')} alerts wait for the broker`,
    ],
    [value('diskRefuses') === 1, 'disk', 'the disk takes no alerts, so they wait in memory'],
    [
      metricValue(metrics, 'echoProven') === 0,
      'orders-unheard',
      'an own message did not come back through the broker: orders may not reach the agent',
    ],
    [refused.length > 0, 'orders-refused', `orders refused: ${codes}`],
    [
      value('brokerRefusals') > 0,
      'broker-refusals',
      `the broker refused ${value('brokerRefusals')} requests`,
    ],
    [
      value('censusLostStreams') > 0,
      'census-lost',
      `${value('censusLostStreams')} streams lost for the census`,
    ],
    [hot >= HOT_CELSIUS, 'hot', `${hot.toFixed(0)} degrees Celsius`],
    [late > LATE_SECONDS, 'busy', `the agent was busy for ${late.toFixed(1)} s at a stretch`],
  ]
  return alarms.filter(([raised]) => raised).map(([, code, text]) => ({ code, text }))
}
