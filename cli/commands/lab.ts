import type { Command } from 'commander'
import { registerLabCensus } from './lab-census.js'
import { registerLabRecord } from './lab-record.js'

/** Adds `lab`: what the model's data is made with. */
export function registerLab(program: Command): void {
  const lab = program
    .command('lab')
    .description("record clean traffic and reduce it to the model's training data")
  registerLabRecord(lab)
  registerLabCensus(lab)
}
