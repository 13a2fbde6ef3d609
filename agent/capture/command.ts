import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import { Feed } from './feed.js'
import { openPipe } from './pipe.js'
import type { CaptureSource, CaptureStatistics, PacketSink } from './source.js'

/** How often a program that can tell is asked for its counts, ms. */
const STATISTICS_INTERVAL = 5000
/** Time for packets that a program of which nothing is known has captured to come out before the end, ms. */
const LAST_READ = 50
/** Time for an orderly end after SIGTERM, ms; then SIGKILL. */
const GRACE = 2000
/** Lines of standard error kept for the message, and characters of each. */
const KEPT_LINES = 5
const KEPT_CHARACTERS = 500
/** Debian puts capture programs where only root looks. */
const SYSTEM_FOLDERS = '/usr/sbin:/sbin:/usr/local/sbin'

/** What is known of a capture program beyond that it writes pcap to standard output. */
export interface ProgramKnowledge {
  /** Time for packets that the system has captured to come out before the end, ms. */
  readonly lastRead: number
  /** Signal that makes it print its counts to standard error. */
  readonly statisticsSignal: NodeJS.Signals
  /** Whether this line of standard error says that it captures from now on. */
  isOpened(line: string): boolean
  /** The counts in this line of standard error, if there are any. */
  statistics(line: string): Partial<CaptureStatistics> | undefined
  /** The cause of its end in its last lines, if it is a known one. */
  explain(lines: readonly string[]): FirsteightError | undefined
}

type End = { code: number | null; signal: string | null; error?: unknown }

/**
 * A program that writes pcap or pcapng to its standard output, run without a shell. It alone needs the right to
 * capture. When it ends by itself with exit code 0 the source has ended; anything else is CAPTURE_ENDED.
 * If this process is killed outright, the program ends at its next packet, when it finds its pipe closed.
 */
export class CommandSource implements CaptureSource {
  readonly kind = 'stream'
  readonly description: string
  readonly #command: readonly string[]
  readonly #knowledge: ProgramKnowledge | undefined
  readonly #lines: string[] = []
  #statistics: CaptureStatistics = { received: undefined, dropped: undefined }
  #running: Promise<void> | undefined
  #child: ChildProcess | undefined
  #stopping: Promise<void> | undefined

  /** @param command program and arguments, at least the program */
  constructor(command: readonly string[], description = command.join(' '), knowledge?: ProgramKnowledge) {
    this.#command = command
    this.description = description
    this.#knowledge = knowledge
  }

  run(sink: PacketSink, opened?: () => void): Promise<void> {
    this.#running = this.#run(sink, opened)
    return this.#running
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  statistics(): CaptureStatistics {
    return this.#statistics
  }

  async #stop(): Promise<void> {
    await sleep(this.#knowledge?.lastRead ?? LAST_READ)
    this.#child?.kill('SIGTERM')
    const grace = setTimeout(() => this.#child?.kill('SIGKILL'), GRACE)
    await this.#running?.catch(() => {})
    clearTimeout(grace)
  }

  async #run(sink: PacketSink, opened?: () => void): Promise<void> {
    if (this.#stopping !== undefined) return
    const { child, output } = this.#spawn()
    const ended = new Promise<End>((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, error }))
      child.once('close', (code, signal) => resolve({ code, signal }))
    })
    const kill = () => child.kill('SIGKILL')
    const askForStatistics = this.#listen(child, opened)
    process.once('exit', kill)
    try {
      await new Feed(output, sink).ended
    } catch (error) {
      kill()
      throw error
    } finally {
      await ended
      clearInterval(askForStatistics)
      process.off('exit', kill)
      this.#child = undefined
    }
    if (this.#stopping === undefined) {
      this.#judge(await ended)
      sink.end()
    }
  }

  /** @returns the program, and the file descriptor to read its standard output from */
  #spawn(): { child: ChildProcess; output: number } {
    const [program = '', ...args] = this.#command
    const { started: child, read: output } = openPipe((write) =>
      spawn(program, args, {
        stdio: ['ignore', write, 'pipe'],
        // A process group of its own: Ctrl-C reaches this process only, which then ends the program in order.
        detached: true,
        env: { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:${SYSTEM_FOLDERS}` },
      }),
    )
    this.#child = child
    return { child, output }
  }

  /** Reads standard error; asks for counts now and then where that is understood. */
  #listen(child: ChildProcess, opened?: () => void): NodeJS.Timeout | undefined {
    const knowledge = this.#knowledge
    if (knowledge === undefined) child.once('spawn', () => opened?.())
    createInterface({ input: child.stderr as Readable }).on('line', (line) => {
      const statistics = knowledge?.statistics(line)
      if (statistics !== undefined) this.#statistics = { ...this.#statistics, ...statistics }
      else if (knowledge?.isOpened(line)) opened?.()
      else {
        this.#lines.push(line.slice(0, KEPT_CHARACTERS))
        if (this.#lines.length > KEPT_LINES) this.#lines.shift()
      }
    })
    return knowledge && setInterval(() => child.kill(knowledge.statisticsSignal), STATISTICS_INTERVAL)
  }

  /** @throws FirsteightError when the program did not end as it should */
  #judge({ code, signal, error }: End): void {
    const [program = ''] = this.#command
    if (error !== undefined) throw notStarted(program, error)
    const known = this.#knowledge?.explain(this.#lines)
    if (known !== undefined) throw known
    // A capture program that is understood ends only when told to.
    if (code === 0 && this.#knowledge === undefined) return
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`
    const said = this.#lines.length === 0 ? '' : `: ${this.#lines.join('; ')}`
    throw new FirsteightError('CAPTURE_ENDED', `${program} ended with ${how}${said}`, {
      hint: 'Run the same command by hand to see why.',
      details: { command: this.#command, code, signal },
    })
  }
}

function notStarted(program: string, cause: unknown): FirsteightError {
  if (systemCodeOf(cause) === 'EACCES') {
    return new FirsteightError('CAPTURE_NO_RIGHT', `no right to start ${program}`, {
      hint: `See who may: ls -l $(command -v ${program})`,
      cause,
    })
  }
  if (systemCodeOf(cause) === 'ENOENT') {
    return new FirsteightError('CAPTURE_NO_TCPDUMP', `the capture program ${program} is not installed`, {
      hint: 'Install tcpdump (Debian: apt-get install tcpdump), or correct capture.command.',
      cause,
    })
  }
  return new FirsteightError('CAPTURE_ENDED', `${program} could not be started: ${messageOf(cause)}`, {
    cause,
  })
}
