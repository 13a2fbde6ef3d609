import t from 'tap'
import { refuseContradictions } from '../../../lab/census/contradictions.js'
import { attackCensus } from '../../support/attack-census.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const clean = { name: 'clean.tsv', sha256: 'a'.repeat(64), census: madeUpCensus() }
const attack = { name: 'attack.tsv', sha256: 'b'.repeat(64), census: attackCensus(3) }

t.test('different data, and a pattern that both have, is no contradiction', async (t) => {
  refuseContradictions(clean, attack)
  const [row] = clean.census.rows
  const rows = [{ ...row!, program: 'protocol-00' }]
  refuseContradictions(clean, { ...attack, census: { ...attack.census, rows } })
  t.pass()
})

t.test('one file, one capture or one row as clean and as attack', async (t) => {
  const refuses = (other: Partial<typeof attack>, message: RegExp) =>
    t.throws(() => refuseContradictions(clean, { ...attack, ...other }), { code: 'TRAINING_DATA', message })
  refuses({ sha256: clean.sha256 }, /^attack\.tsv: contradictory: the same file as clean\.tsv/)
  const [capture] = clean.census.captures
  refuses(
    { census: { ...attack.census, captures: [{ ...capture!, name: 'evil.pcap' }] } },
    /capture evil\.pcap is the same as \w+\.pcap in clean\.tsv/,
  )
  const [row] = clean.census.rows
  refuses(
    { census: { ...attack.census, rows: [{ ...row!, count: 7 }] } },
    new RegExp(`row "${row!.context} ${row!.program} ${row!.pattern}" stands in clean\\.tsv`),
  )
})
