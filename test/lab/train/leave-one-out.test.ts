import t from 'tap'
import { type LeaveOneOutOptions, leaveOneOut } from '../../../lab/train/leave-one-out.js'
import { attackCensus } from '../../support/attack-census.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const training = { hidden: 8, bottleneck: 6, epochs: 8, seed: 1 }
const attack = { census: attackCensus(12), name: 'attack.tsv', sha256: 'a'.repeat(64) }

/** Program `three` ran on dnsmasq; of its UDP queries 50 have a byte that no other program sets. */
function clean() {
  const census = madeUpCensus({ streams: 300 })
  for (const capture of census.captures) {
    if (capture.program === 'three') capture.software.push('dnsmasq Dnsmasq version 2.89')
  }
  census.rows.push({ context: 'udp-query', program: 'three', pattern: '0000ff0000010000', count: 50 })
  return { census, name: 'clean.tsv', sha256: 'c'.repeat(64) }
}

t.test('a server is judged by a calibrated model that saw none of its captures', async (t) => {
  const seen: string[] = []
  const results = await leaveOneOut(clean(), attack, {
    training,
    onServer: (server, model) => {
      t.equal(server, 'dnsmasq')
      t.ok(model.model.gate, 'calibrated')
      for (const [, context] of model.byContext) t.ok(context.confidence)
    },
    onResult: ({ server, context }) => seen.push(`${server} ${context}`),
  })
  t.same(seen, ['dnsmasq udp-query', 'dnsmasq udp-response', 'dnsmasq tcp-query', 'dnsmasq tcp-response'])
  const [queries] = results
  t.equal(queries!.streams, 150)
  t.equal(queries!.unseen, 1)
  t.match(queries!.falseAlarms, [{ pattern: '0000ff0000010000', streams: 50 }])
  t.ok(queries!.falseAlarms[0]!.loss > queries!.threshold)
  t.type(queries!.falseAlarms[0]!.escalated, 'boolean')
})

t.test('without folds what was learnt stands in for held-out losses', async (t) => {
  const results = await leaveOneOut(clean(), attack, {
    training: { ...training, folds: false },
    onServer: (_, { byContext }) => {
      for (const [, context] of byContext) {
        t.equal(context.heldOutPatterns, 0)
        t.equal(context.calibration!.losses!.at(-1), context.highestTrainingLoss)
      }
    },
  })
  t.match(results[0]!.falseAlarms, [{ pattern: '0000ff0000010000', streams: 50 }])
})

t.test('servers that no capture names are passed over', async (t) => {
  t.same(await leaveOneOut(clean(), attack, { training, servers: ['nsd', 'knotd'] }), [])
})

t.test('an aborted run ends with the reason', async (t) => {
  const options: LeaveOneOutOptions = {
    training: { ...training, signal: AbortSignal.abort(new Error('enough')) },
  }
  await t.rejects(leaveOneOut(clean(), attack, options), { message: 'enough' })
})
