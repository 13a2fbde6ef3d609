import type { Command } from 'commander'

/** What main.ts lends to every command. */
export interface CommandContext {
  /**
   * Aborts at SIGINT, SIGTERM or a closed stdout. A command that asks for it ends in an orderly way when it aborts;
   * for one that never asks, the system's defaults hold.
   */
  stopSignal(): AbortSignal
}

/** Adds one command to the program. Its action throws FirsteightError and never sets an exit code. */
export type Register = (program: Command, context: CommandContext) => void
