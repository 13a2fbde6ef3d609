import type { Command } from 'commander'
import { boundYoungHeap } from '../young-heap.js'
import type { CommandContext, Register } from './command.js'

/** Every command and where it lives; loaded only when named, because some need libraries that take long to load. */
export const COMMANDS = new Map<string, () => Promise<Register>>([
  ['demo', async () => (await import('./demo.js')).registerDemo],
  [
    'run',
    async () => {
      // Before the agent's modules: loading them is what makes the heap grow first.
      boundYoungHeap()
      return (await import('./run.js')).registerRun
    },
  ],
  ['replay', async () => (await import('./replay.js')).registerReplay],
  ['score', async () => (await import('./score.js')).registerScore],
  ['doctor', async () => (await import('./doctor.js')).registerDoctor],
  ['watch', async () => (await import('./watch.js')).registerWatch],
  ['keygen', async () => (await import('./keygen.js')).registerKeygen],
  ['enroll', async () => (await import('./enroll.js')).registerEnroll],
  ['fleet', async () => (await import('./fleet.js')).registerFleet],
  ['train', async () => (await import('./train.js')).registerTrain],
  ['model', async () => (await import('./model.js')).registerModel],
  ['evaluate', async () => (await import('./evaluate.js')).registerEvaluate],
  ['inspect', async () => (await import('./inspect.js')).registerInspect],
  ['calibrate', async () => (await import('./calibrate.js')).registerCalibrate],
  ['lab', async () => (await import('./lab.js')).registerLab],
])

/**
 * Adds the command that the arguments name, or all of them when they name none (for help).
 * @param args command line after the program's name
 */
export async function registerCommands(
  program: Command,
  context: CommandContext,
  args: readonly string[],
): Promise<void> {
  const named = args.find((argument) => !argument.startsWith('-'))
  const only = named === undefined ? undefined : COMMANDS.get(named)
  for (const load of only ? [only] : COMMANDS.values()) {
    const register = await load()
    register(program, context)
  }
}
