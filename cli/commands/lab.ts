import type { Command } from 'commander'
import { addExamples } from '../help.js'
import type { CommandContext } from './command.js'
import { registerLabAblations } from './lab-ablations.js'
import { registerLabCalibrate } from './lab-calibrate.js'
import { registerLabCensus } from './lab-census.js'
import { registerLabLeaveOneOut } from './lab-leave-one-out.js'
import { registerLabRecord } from './lab-record.js'

/** Adds `lab`: what the model's data is made with. */
export function registerLab(program: Command, context: CommandContext): void {
  const lab = program
    .command('lab')
    .description("record traffic, reduce it to a model's training data, and calibrate a trained model")
  registerLabRecord(lab, context)
  registerLabCensus(lab)
  registerLabCalibrate(lab)
  registerLabLeaveOneOut(lab)
  registerLabAblations(lab)
  addExamples(
    lab,
    [
      ['firsteight lab record clean --out recordings/clean', 'real servers and clients, a capture each'],
      ['firsteight lab census --out clean.census.tsv recordings/clean/*.pcap', 'their patterns, counted'],
    ],
    ['INPUT', 'CAPTURE'],
  )
}
