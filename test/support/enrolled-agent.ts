import { execFileSync } from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { testBroker } from './brokers.js'
import { type CommandResult, firsteight, jsonLines } from './command-line.js'
import { RunningCommand } from './running-command.js'

type Result = CommandResult & { json(): ReturnType<typeof jsonLines> }

/** Runs `firsteight fleet ARGUMENTS` at the test's broker. */
export interface FleetCommand {
  (...args: string[]): Promise<Result>
  /** Without naming the broker. */
  without(...args: string[]): Promise<Result>
  /** `firsteight ARGUMENTS`. */
  command(...args: string[]): Promise<Result>
}

/** A real agent branch-17/gate, enrolled with the key `ops` at a broker of its own, capturing from a FIFO; running. */
export async function enrolledAgent(t: Test) {
  const broker = await testBroker(t)
  const folder = t.testdir()
  const run = async (...args: string[]): Promise<Result> => {
    const result = await firsteight(args)
    return { ...result, json: () => jsonLines(result.stdout) }
  }
  const fleet: FleetCommand = Object.assign((...args: string[]) => run('fleet', ...args, ...broker.flags), {
    without: (...args: string[]) => run('fleet', ...args),
    command: run,
  })
  const keygen = async (name: string) => {
    await run('keygen', join(folder, name))
    return join(folder, `${name}.key`)
  }
  const ops = await keygen('ops')
  const state = join(folder, 'state')
  const enrolled = await run(
    ...['enroll', state, '--site', 'branch-17', '--node', 'gate', '--trust', join(folder, 'ops.pub')],
    ...broker.flags,
  )
  if (enrolled.exitCode !== 0) throw new Error(enrolled.stderr)
  const path = join(folder, 'capture.fifo')
  execFileSync('mkfifo', [path])
  // Open for reading, too, so that neither end waits for the other and the agent's end does not close it.
  const pipe = openSync(path, 'r+')
  let agent: RunningCommand
  const start = async () => {
    agent = new RunningCommand(t, [
      ...['run', '--config', join(state, 'firsteight.yaml'), '--capture', 'stream', '--file', path],
    ])
    await agent.says('an own message came back')
  }
  await start()
  return {
    broker,
    folder,
    state,
    fleet,
    keygen,
    ops,
    start,
    agent: () => agent,
    fifo: { write: (bytes: Uint8Array) => writeSync(pipe, bytes) },
  }
}
