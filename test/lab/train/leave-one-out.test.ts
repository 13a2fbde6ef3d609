import t from 'tap'
import { leaveOneOut } from '../../../lab/train/leave-one-out.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const settings = { hidden: 8, bottleneck: 6, epochs: 8, seed: 1 }

/** Program `three` ran on dnsmasq; of its UDP queries 50 have a byte that no other program sets. */
function census() {
  const made = madeUpCensus({ streams: 300 })
  for (const capture of made.captures) {
    if (capture.program === 'three') capture.software.push('dnsmasq Dnsmasq version 2.89')
  }
  made.rows.push({ context: 'udp-query', program: 'three', pattern: '0000ff0000010000', count: 50 })
  return made
}

t.test('a server is judged by networks that saw none of its captures', async (t) => {
  const seen: string[] = []
  const results = await leaveOneOut(census(), settings, {
    onResult: ({ server, context }) => seen.push(`${server} ${context}`),
  })
  t.same(seen, ['dnsmasq udp-query', 'dnsmasq udp-response', 'dnsmasq tcp-query', 'dnsmasq tcp-response'])
  const [queries] = results
  t.equal(queries!.streams, 150)
  t.equal(queries!.unseen, 1)
  t.match(queries!.falseAlarms, [{ pattern: '0000ff0000010000', streams: 50 }])
  t.ok(queries!.falseAlarms[0]!.loss > queries!.threshold)
})

t.test('an aborted run ends with the reason', async (t) => {
  await t.rejects(leaveOneOut(census(), settings, { signal: AbortSignal.abort(new Error('enough')) }), {
    message: 'enough',
  })
})
