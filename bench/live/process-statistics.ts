import { readdirSync, readFileSync } from 'node:fs'

/** What Linux's /proc says of a process. */

/** Resident memory, bytes: its own, and pages of files, which the system can drop and read again. */
export interface Memory {
  resident: number
  anonymous: number
  file: number
  /** Pages shared with the kernel or other processes: a ring of captured packets that is mapped. */
  shared: number
}

/** Of `/proc/PID/status`. */
export function memoryOf(pid: number): Memory {
  return memoryFrom(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

/** @throws Error when the text has no such lines: a process that has ended has none */
export function memoryFrom(status: string): Memory {
  const bytes = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    if (kibibytes === undefined) throw new Error(`no ${field} in the process's status`)
    return Number(kibibytes) * 1024
  }
  return {
    resident: bytes('VmRSS'),
    anonymous: bytes('RssAnon'),
    file: bytes('RssFile'),
    shared: bytes('RssShmem'),
  }
}

/** Bytes of the rings of captured packets that a process has mapped; they count as pages of files. */
export function ringOf(pid: number): number {
  return ringFrom(readFileSync(`/proc/${pid}/smaps`, 'utf8'))
}

export function ringFrom(smaps: string): number {
  const sizes = smaps.matchAll(/ socket:\[\d+\]\n(?:\w+:.*\n)*?Rss:\s+(\d+) kB\n/g)
  return [...sizes].reduce((sum, [, kibibytes]) => sum + Number(kibibytes) * 1024, 0)
}

/** Linux gives processor times in these, whatever the kernel's own are (sysconf(3), _SC_CLK_TCK). */
const TICKS_PER_SECOND = 100

/** Seconds of processor time, user and system, that a process has taken, with those of children that it waited for. */
export function cpuSecondsOf(pid: number): number {
  return cpuSecondsFrom(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** @param stat a line of proc_pid_stat(5) */
export function cpuSecondsFrom(stat: string): number {
  // The program's name, in brackets, may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number)
  return (user! + system! + childrenUser! + childrenSystem!) / TICKS_PER_SECOND
}

/** Process ids of the children that a process has now. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}
