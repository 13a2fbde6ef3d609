import type { Command } from 'commander'
import { addExamples } from '../help.js'
import type { CommandContext } from './command.js'

/** Adds `fleet`: what manages agents over their broker. */
export function registerFleet(program: Command, _context: CommandContext): void {
  const fleet = program.command('fleet').description('see and manage the agents at a broker')
  addExamples(fleet, [['firsteight fleet --help', 'what there is']], ['BROKER', 'TRUST'])
}
