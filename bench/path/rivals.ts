import { messageOf } from '../../core/errors.js'
import { run } from '../cpu-time.js'
import type { Absent } from '../suite.js'

/** Another program that reads a capture file. */
export interface CaptureProgram {
  name: string
  /** Prints nothing, or next to nothing: what is measured. */
  measured(capture: string): string[]
  /** The same, or the same with its counts printed. */
  counted(capture: string): string[]
  /** Where its output tells how many packets it read. */
  count: RegExp
  /** Many times as slow as the others, so it reads a tenth of the packets. */
  slow?: true
  install: string
}

/**
 * tcpdump copies packets and looks at none; nDPI names flows by their first packets' content; tshark dissects every
 * field (its protocol hierarchy makes it: without a use for them it leaves fields out).
 */
export const CAPTURE_PROGRAMS: readonly CaptureProgram[] = [
  {
    name: 'tcpdump',
    measured: (capture) => ['tcpdump', '-r', capture, '-w', '/dev/null'],
    counted: (capture) => ['tcpdump', '-r', capture, '--count'],
    count: /^(\d+) packets?$/m,
    install: 'apt-get install tcpdump (4.99 or later)',
  },
  {
    name: 'ndpiReader',
    measured: (capture) => ['ndpiReader', '-q', '-i', capture],
    counted: (capture) => ['ndpiReader', '-i', capture],
    count: /of (\d+) packets total/,
    install: 'apt-get install libndpi-bin',
  },
  {
    name: 'tshark',
    measured: (capture) => ['tshark', '-n', '-q', '-r', capture, '-z', 'io,phs'],
    counted: (capture) => ['tshark', '-n', '-q', '-r', capture, '-z', 'io,phs'],
    count: /^eth +frames:(\d+)/m,
    slow: true,
    install: 'apt-get install tshark',
  },
]

/** Which programs run here and read as many packets as there are; each of the others with the reason. */
export async function presentPrograms(
  programs: readonly CaptureProgram[],
  captureOf: (program: CaptureProgram) => { file: string; packets: number },
): Promise<{ present: CaptureProgram[]; absent: Absent[] }> {
  const present: CaptureProgram[] = []
  const absent: Absent[] = []
  for (const program of programs) {
    const { file, packets } = captureOf(program)
    try {
      const { stdout } = await run(program.counted(file))
      const counted = Number(program.count.exec(stdout)?.[1])
      if (counted !== packets) throw new Error(`it read ${counted} of ${packets} packets`)
      present.push(program)
    } catch (error) {
      absent.push({ rival: program.name, reason: messageOf(error), install: program.install })
    }
  }
  return { present, absent }
}
