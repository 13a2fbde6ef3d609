import t from 'tap'
import type { Census } from '../../../lab/census/census.js'
import { holdOut, programsWith, streamsOf } from '../../../lab/train/hold-out-server.js'
import { joinCensuses } from '../../../lab/train/training-data.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const capture = (program: string, ...software: string[]) => ({
  name: `${program}.pcap`,
  sha256: 'a'.repeat(64),
  program,
  software,
  commands: [],
})

t.test('a server takes part where a capture names it, in front or behind', async (t) => {
  const census: Census = {
    captures: [
      capture('bind', 'named BIND 9.18'),
      capture('forwarder', 'dnsmasq 2.89', 'named BIND 9.18'),
      capture('nsd', 'nsd NSD version 4.6', 'named-checkzone 9.18'),
    ],
    masks: new Map(),
    rows: [],
  }
  t.same([...programsWith(census, 'named')], ['bind', 'forwarder'])
  t.same([...programsWith(census, 'knotd')], [])
})

t.test('what is kept and what is held out make up the whole', async (t) => {
  for (const data of joinCensuses([madeUpCensus({ streams: 200 })])) {
    const [first] = data.programs
    const { kept, heldOut } = holdOut(data, new Set([first!]))
    t.same(heldOut.programs, [first])
    t.same(kept.programs, data.programs.slice(1))
    t.equal(kept.streams + heldOut.streams, data.streams)
    t.equal(
      heldOut.patterns.reduce((sum, pattern) => sum + streamsOf(pattern), 0),
      heldOut.streams,
    )
    t.ok(kept.patterns.every(({ counts }) => !counts.has(first!)))
    t.ok(heldOut.patterns.every(({ counts }) => counts.size === 1 && counts.has(first!)))
  }
})
