import fc from 'fast-check'
import t from 'tap'
import { difference, Totals } from '../../../agent/metrics/totals.js'

const counts = (values: Record<string, number>) => new Map(Object.entries(values))

t.test('totals follow counters, and go on where a group begins anew', async (t) => {
  const totals = new Totals()
  totals.observe('kernel', counts({ packets: 5, gaps: 1 }))
  totals.observe('kernel', counts({ packets: 9, gaps: 1 }))
  t.same(totals.values, counts({ packets: 9, gaps: 1 }))
  totals.observe('kernel', counts({ packets: 2, gaps: 7 }))
  t.same(totals.values, counts({ packets: 11, gaps: 8 }), 'one count went back, so all began anew')
  totals.observe('losses', counts({ a: 4 }), 'model 1')
  totals.observe('losses', counts({ a: 6 }), 'model 2')
  t.equal(totals.values.get('a'), 10, 'another epoch, though no count went back')
  totals.observe('losses', counts({}), 'model 2')
  totals.observe('losses', counts({ a: 1 }), 'model 2')
  t.equal(totals.values.get('a'), 11, 'a count that is missing has gone back')
})

t.test('looked at before each new beginning, nothing is missing', async (t) => {
  const step = fc.record({ events: fc.array(fc.constantFrom('a', 'b', 'c')), ending: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const totals = new Totals()
      const truth = new Map<string, number>()
      let current = new Map<string, number>()
      let epoch = 0
      for (const { events, ending } of steps) {
        for (const event of events) {
          for (const map of [truth, current]) map.set(event, (map.get(event) ?? 0) + 1)
        }
        totals.observe('g', current, `${epoch}`)
        if (!ending) continue
        current = new Map()
        epoch++
      }
      t.same(totals.values, truth)
    }),
    { numRuns: 200 },
  )
})

t.test('the difference of two copies', async (t) => {
  t.same(difference(counts({ a: 1 }), counts({ a: 3, b: 2 })), counts({ a: 2, b: 2 }))
})
