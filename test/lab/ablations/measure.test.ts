import t from 'tap'
import type { Approach } from '../../../lab/ablations/detector.js'
import { measure } from '../../../lab/ablations/measure.js'
import { rivals } from '../../../lab/ablations/rivals.js'
import type { Census } from '../../../lab/census/census.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const clean = madeUpCensus({ streams: 200 })
clean.captures.find(({ program }) => program === 'three')!.software.push('nsd NSD version 4.6')
const unfamiliar = { context: 'tcp-query', program: 'three', pattern: '0064000042000001', count: 5 } as const
clean.rows.push(unfamiliar)
const known = clean.rows.find(({ context }) => context === 'udp-query')!.pattern

/** One pattern that is clean too, two that are not (one of them under two IDs), and a tunnel. */
const attack: Census = {
  captures: [],
  masks: new Map(),
  rows: [
    { context: 'udp-query', program: 'like DNS', pattern: known, count: 1 },
    { context: 'udp-query', program: 'noise', pattern: '1234ffff00000000', count: 1 },
    { context: 'udp-query', program: 'noise', pattern: '5678ffff00000000', count: 1 },
    { context: 'tcp-query', program: 'text', pattern: '474554202f204854', count: 1 },
    { context: 'udp-query', program: 'tunnel-x', pattern: '0000ffffffff0000', count: 1 },
  ],
}

const named = (name: string) => rivals().find((rival) => rival.name === name)!

t.test('a table of patterns misses nothing strange, and flags what it has not seen', async (t) => {
  const outcome = await measure(named('table of clean patterns'), clean, attack, ['nsd', 'kresd'])
  t.equal(outcome.attackPatterns, 2)
  t.equal(outcome.missed, 0)
  t.same(outcome.missedLabels, {})
  t.equal(outcome.missedAtNoFalseAlarm, 0)
  t.ok(outcome.falseAlarmPatterns >= 1)
  t.ok(outcome.falseAlarmStreams >= unfamiliar.count)
})

t.test('what passes everything misses everything, by label', async (t) => {
  const blind: Approach = {
    name: 'blind',
    build: async (data) =>
      new Map(data.map(({ context }) => [context, { threshold: 1, scores: (list) => list.map(() => 0) }])),
  }
  t.same(await measure(blind, clean, attack, ['nsd']), {
    approach: 'blind',
    falseAlarmPatterns: 0,
    falseAlarmStreams: 0,
    attackPatterns: 2,
    missed: 2,
    missedLabels: { noise: 1, text: 1 },
    missedAtNoFalseAlarm: 2,
  })
})

t.test('principal components and the hand rules flag noise', async (t) => {
  for (const name of ['PCA, 8 components', 'loose hand rule', 'tuned hand rule']) {
    t.equal((await measure(named(name), clean, attack, [])).missed, 0, name)
  }
})
