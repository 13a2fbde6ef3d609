import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { formatCensus } from '../../../lab/census/census.js'
import { readLabelled } from '../../../lab/train/read-labelled.js'
import { attackCensus } from '../../support/attack-census.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const DEMO = 'lab/captures/demo.pcap'

async function files(t: Test) {
  const folder = t.testdir()
  const [clean, attack] = [join(folder, 'clean.tsv'), join(folder, 'attack.tsv')]
  await writeFile(clean, formatCensus(madeUpCensus({ streams: 100 })))
  await writeFile(attack, formatCensus(attackCensus(3)))
  return { clean, attack }
}

t.test('each file stays what it was given as, be one of them a capture', async (t) => {
  const { clean, attack } = await files(t)
  const both = await readLabelled(clean, attack)
  t.equal(both.clean.name, 'clean.tsv')
  t.equal(both.attack.name, 'attack.tsv')
  t.equal((await readLabelled(DEMO, attack)).clean.name, 'demo.pcap')
  const reduced = (await readLabelled(clean, DEMO)).attack
  t.equal(reduced.name, 'demo.pcap')
  t.same(reduced.census.masks, both.clean.census.masks)
})

t.test('one file as both is refused', async (t) => {
  const { clean } = await files(t)
  await t.rejects(readLabelled(clean, clean), { code: 'TRAINING_DATA', message: /contradictory/ })
})
