import { calibrateModel } from '../../lab/calibrate/calibrate.js'
import type { CensusFile } from '../../lab/calibrate/read-census-file.js'
import { train } from '../../lab/train/train.js'
import { attackCensus } from './attack-census.js'
import { madeUpCensus } from './made-up-census.js'

/** What the made-up model learnt from. */
export const base: CensusFile = { name: 'a.tsv', sha256: 'a'.repeat(64), census: madeUpCensus() }

/** What it was calibrated with. */
export const attack: CensusFile = { name: 'attack.tsv', sha256: 'b'.repeat(64), census: attackCensus(12) }

/** A small network, hardly trained: enough to know the made-up protocol and nothing else. */
export const trained = await train(
  { sources: [{ name: base.name, sha256: base.sha256 }], censuses: [base.census] },
  { name: 'made up', seed: 5, hidden: 8, bottleneck: 8, epochs: 8 },
)

export const calibrated = await calibrateModel(trained, attack)

/** A site that speaks the made-up protocol, with more rows where given. */
export function siteOf(census = madeUpCensus({ streams: 400, programs: ['branch'] })): CensusFile {
  return { name: 'site.tsv', sha256: 'd'.repeat(64), census, firstRowLine: 9 }
}
