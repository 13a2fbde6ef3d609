import type { Command } from 'commander'
import { addExamples } from '../help.js'
import type { CommandContext } from './command.js'
import { registerFleetCensus } from './fleet-census.js'
import { registerFleetCommand } from './fleet-command.js'
import { registerFleetConfig } from './fleet-config.js'
import { registerFleetEvidence } from './fleet-evidence.js'
import { registerFleetException } from './fleet-exception.js'
import { registerFleetKeys } from './fleet-keys.js'
import { registerFleetLs } from './fleet-ls.js'
import { registerFleetShow } from './fleet-show.js'
import { registerFleetWatch } from './fleet-watch.js'

/** Adds `fleet`: what manages agents over their broker. */
export function registerFleet(program: Command, context: CommandContext): void {
  const fleet = program.command('fleet').description('see and manage the agents at a broker')
  addExamples(
    fleet,
    [['firsteight fleet ls', 'what there is at a broker on this machine']],
    ['BROKER', 'TRUST'],
  )
  registerFleetLs(fleet, context)
  registerFleetShow(fleet, context)
  registerFleetWatch(fleet, context)
  registerFleetKeys(fleet, context)
  registerFleetConfig(fleet, context)
  registerFleetException(fleet, context)
  registerFleetCensus(fleet, context)
  registerFleetCommand(fleet, context)
  registerFleetEvidence(fleet, context)
}
