import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CaptureSettings } from '../../agent/capture/open.js'

const CHILD = fileURLToPath(new URL('./capture-child.js', import.meta.url))

export interface CaptureOutcome {
  /** Captured frames, hex. */
  frames?: string[]
  statistics?: { received?: number; dropped?: number }
  error?: { code: string; message: string; hint: string }
  exitCode: number | null
  stderr: string
}

export interface CaptureProcess {
  /** Resolves when the source is open, or has ended. */
  opened: Promise<void>
  /** How it ended. */
  outcome: Promise<CaptureOutcome>
  /** Asks the source to stop. */
  stop(): void
}

/** Runs capture-child.ts, by way of another program such as `ip netns exec NAME`. */
export function captureProcess(
  via: readonly string[],
  settings: Partial<CaptureSettings> & { kind: CaptureSettings['kind']; serverPorts?: number[] },
  options: { cwd?: string; child?: string } = {},
): CaptureProcess {
  const complete = {
    interface: 'lo',
    filter: '',
    bufferMebibytes: 32,
    delivery: 'immediate' as const,
    command: [],
    file: '',
    serverPorts: [53],
    ...settings,
  }
  const [program = '', ...args] = [...via, process.execPath, options.child ?? CHILD, JSON.stringify(complete)]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: options.cwd })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('close', () => process.off('exit', kill))
  let last: Partial<CaptureOutcome> = {}
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const outcome = once(child, 'close').then(([exitCode]) => ({ ...last, exitCode, stderr }))
  const opened = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      last = JSON.parse(line)
      resolve()
    })
    child.once('close', () => resolve())
  })
  return { opened, outcome, stop: () => child.kill('SIGTERM') }
}
