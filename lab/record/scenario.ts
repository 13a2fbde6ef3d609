import type { CaptureClass } from './manifest.js'
import type { Namespace } from './namespace.js'
import type { ProgramName } from './programs.js'
import type { Stage } from './stage.js'

/** One capture of a scenario. */
export interface CapturePlan {
  /** File name, `<class>-<programs whose bytes it holds>.pcap`. */
  file: string
  /** What is in it, for people. */
  holds: string
  namespace: Namespace
  networkInterface: string
  /** pcap filter (pcap-filter(7)). */
  filter: string
  /** See CaptureEntry. */
  beginsWithDns?: true
}

/** A scenario whose namespaces and files are set: what to capture, and the traffic to play. */
export interface Play {
  captures: CapturePlan[]
  /** Starts servers and clients and returns when the last client is done. */
  traffic(): Promise<void>
}

/** Real programs that talk to each other, and what is captured of it. */
export interface Scenario {
  /** Lower-case words joined by hyphens. */
  name: string
  class: CaptureClass
  /** Every program it starts, besides `ip` and `tcpdump`. */
  programs: readonly ProgramName[]
  /** Sets up namespaces and files; nothing is captured yet. */
  prepare(stage: Stage): Promise<Play>
}
