import { Writable } from 'node:stream'
import t from 'tap'
import { createPaint } from '../../../cli/color.js'
import { FleetWatcher } from '../../../cli/commands/fleet-watch.js'
import { FleetNodes } from '../../../cli/fleet-nodes.js'
import { createOutput } from '../../../cli/output.js'
import { encodeCommandResult } from '../../../core/command-message.js'
import { encodeAnomalyReport, encodeStatus } from '../../../core/messages.js'
import type { MetricSample } from '../../../core/metric-catalogue.js'
import { encodeMetrics } from '../../../core/metrics-message.js'
import { encodeModelReport } from '../../../core/model-report.js'
import { encodeReportedConfig, encodeReportedKeys } from '../../../core/reported-config.js'
import { firsteight } from '../../../generated/messages.js'
import { sampleAnomaly, sampleHeader, sampleStatus } from '../../support/sample-messages.js'
import { sampleMetrics } from '../../support/sample-metrics.js'

const { CommandState, RolloutStage, RolloutState, State } = firsteight.v1

/** A watcher fed with messages as bytes, at times of the test's own; its lines as JSON. */
function watcher() {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const nodes = new FleetNodes()
  const watch = new FleetWatcher(createOutput({ json: true, stream }), createPaint(false))
  const arrive = (path: string, payload: Uint8Array, now = 0) => {
    const news = nodes.take({ topic: `firsteight/v1/branch-17/edge-1/${path}`, payload, retained: false })
    if (news) watch.take(news, now)
  }
  const status = (state: firsteight.v1.State, sequence = 0) =>
    arrive('status', encodeStatus(sampleStatus({ state, header: sampleHeader({ sequence }) })))
  const alert = (sequence: number) =>
    arrive(
      'anomaly',
      encodeAnomalyReport({
        header: sampleHeader({ sequence }),
        eventId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a11',
        anomaly: sampleAnomaly(),
      }),
    )
  const metrics = (number: number, sequence: number, figures: Record<string, number>, now = 0) => {
    const samples: MetricSample[] = Object.entries(figures).map(([field, value]) => ({
      field,
      label: '',
      value,
    }))
    arrive(
      'metrics',
      encodeMetrics(sampleMetrics({ header: sampleHeader({ sequence }), number, samples })),
      now,
    )
  }
  return { watch, nodes, lines, arrive, status, alert, metrics, types: () => lines.map(({ type }) => type) }
}

const WELL = { echoProven: 1 }

t.test('a state is told when it changes', async (t) => {
  const { status, lines, watch } = watcher()
  for (const state of [State.ONLINE, State.ONLINE, State.OFFLINE, State.ONLINE, State.STOPPED]) status(state)
  t.same(
    lines.map(({ state }) => state),
    ['ONLINE', 'OFFLINE', 'ONLINE', 'STOPPED'],
  )
  t.equal(watch.seen.statusChanges, 4)
})

t.test('an alarm is told once, and when it is over; not of agents that are not online', async (t) => {
  const { status, metrics, lines } = watcher()
  metrics(1, 0, { echoProven: 0 })
  t.same(lines, [], 'nobody knows yet whether it is online')
  status(State.ONLINE)
  metrics(2, 0, { ...WELL, captureDropped: 4 })
  metrics(3, 0, { ...WELL, captureDropped: 5 })
  metrics(4, 0, WELL)
  metrics(5, 0, { echoProven: 0 })
  status(State.STOPPED)
  t.match(lines[2], { text: '4 packets lost before scoring', site: 'branch-17', node: 'edge-1' })
  t.same(
    lines.map(({ type, alarm }) => (alarm === undefined ? type : `${type} ${alarm}`)),
    [
      'status',
      'alarm orders-unheard',
      'alarm capture-drops',
      'cleared orders-unheard',
      'cleared capture-drops',
      'alarm orders-unheard',
      'status',
      'cleared orders-unheard',
    ],
  )
})

t.test('missing alerts and intervals are told, and when they arrive after all', async (t) => {
  const { status, alert, metrics, lines, watch } = watcher()
  status(State.ONLINE)
  alert(1)
  alert(4)
  alert(3)
  metrics(1, 6, { ...WELL, reportsWaiting: 2 })
  metrics(2, 6, WELL)
  metrics(5, 6, WELL)
  t.same(
    lines.slice(1).map(({ type, what, from, to }) => [type, what, from, to]),
    [
      ['missing', 'alerts', 2, 3],
      ['arrived', 'alerts', 3, 3],
      ['missing', 'alerts', 5, 6],
      ['missing', 'metrics', 3, 4],
    ],
  )
  t.equal(watch.seen.missing, 5)
})

t.test('metrics that do not come are overdue, once; at a stop they are not', async (t) => {
  const { status, metrics, nodes, watch, types } = watcher()
  status(State.ONLINE)
  metrics(1, 0, WELL, 0)
  watch.look(nodes.all, 180_000)
  t.same(types(), ['status'])
  watch.look(nodes.all, 186_000)
  watch.look(nodes.all, 400_000)
  t.same(types(), ['status', 'overdue'])
  metrics(2, 0, WELL, 500_000)
  watch.look(nodes.all, 600_000)
  status(State.STOPPED)
  watch.look(nodes.all, 9_000_000)
  t.same(types(), ['status', 'overdue', 'status'])
})

t.test('refusals that agents report are told once each, and again when they come anew', async (t) => {
  const { arrive, lines, watch } = watcher()
  const header = sampleHeader()
  const refusal = (at: number) => ({
    ...{ target: { site: 'branch-17', node: '' }, digest: Buffer.alloc(32), revision: 4, problems: [] },
    ...{ code: 'CONFIG_INVALID', message: 'alerts.capPerMinute', refusedAtMicroseconds: at },
  })
  const settings = (...refusals: ReturnType<typeof refusal>[]) =>
    arrive('config/reported', encodeReportedConfig({ header, refusals }))
  settings(refusal(1))
  settings(refusal(1))
  settings()
  settings(refusal(2))
  const keys = { header, refusedCode: 'SIGNATURE_MISSING', refusedMessage: 'nobody signed' }
  for (let time = 0; time < 2; time++) arrive('keys/reported', encodeReportedKeys(keys))
  const model = { id: 'ab'.repeat(32), name: 'default', version: 1 }
  const rollout = {
    ...{ rolloutId: 'r', revision: 7, target: { site: '', node: '' }, modelId: model.id },
    ...{ stage: RolloutStage.SHADOW, state: RolloutState.REJECTED },
    ...{ code: 'MODEL_OUT_OF_BOUNDS', reason: 'too many' },
  }
  for (const state of [RolloutState.IN_PROGRESS, RolloutState.REJECTED, RolloutState.REJECTED])
    arrive('model/reported', encodeModelReport({ header, active: model, rollout: { ...rollout, state } }))
  const result = (state: firsteight.v1.CommandState, code: string) =>
    arrive('cmd/7/result', encodeCommandResult({ header, commandId: '7', state, code, message: 'no' }))
  result(CommandState.COMMAND_RUNNING, '')
  result(CommandState.COMMAND_FAILED, 'COMMAND_BUSY')
  t.same(
    lines.map(({ type, order, about, code }) => `${type} ${order} ${about} ${code}`),
    [
      'refused settings branch-17 CONFIG_INVALID',
      'refused settings branch-17 CONFIG_INVALID',
      'refused keys  SIGNATURE_MISSING',
      'refused model abababababab MODEL_OUT_OF_BOUNDS',
      'refused command 7 COMMAND_BUSY',
    ],
  )
  t.equal(watch.seen.refusals, 5)
  arrive('model/reported', Buffer.from('x'))
  t.match(lines.at(-1), { type: 'invalid' })
})

t.test('hostile messages are told as invalid', async (t) => {
  const { arrive, lines, watch } = watcher()
  arrive('metrics', Buffer.from('\u001b[2J'))
  arrive(
    'status',
    encodeStatus(sampleStatus({ state: State.ONLINE, header: sampleHeader({ node: 'other' }) })),
  )
  arrive('status', new Uint8Array(0))
  arrive('unknown', Buffer.from('x'))
  t.equal(lines.length, 2)
  for (const line of lines) t.match(line, { type: 'invalid', error: { code: 'MESSAGE_INVALID' } })
  t.equal(watch.seen.invalid, 2)
})
