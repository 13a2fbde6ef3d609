import { CommandSource } from './command.js'
import { FileSource } from './file.js'
import { defaultFilter } from './filter.js'
import { interfaceState } from './interfaces.js'
import { LiveSource } from './live.js'
import type { CaptureSource } from './source.js'
import { StreamSource } from './stream.js'
import { type Delivery, tcpdumpSource } from './tcpdump.js'

/** Where packets come from, as in the configuration's `capture` section. */
export interface CaptureSettings {
  kind: 'cap' | 'stream' | 'file'
  interface: string
  /** pcap-filter(7) expression; empty: `defaultFilter` of the server ports. */
  filter: string
  /** Size of the system's ring of packets, for `cap` and tcpdump. */
  bufferMebibytes: number
  /** How `stream` has tcpdump hand packets on. */
  delivery: Delivery
  /** Program and arguments for `stream`; empty: tcpdump. */
  command: readonly string[]
  /** Capture file for `file`; for `stream` a FIFO, or `-` for standard input; empty: none. */
  file: string
}

/** The source that these settings ask for, not yet running. */
export function openSource(
  settings: CaptureSettings,
  serverPorts: readonly number[],
  options: { realtime?: boolean } = {},
): CaptureSource {
  if (settings.kind === 'file') return new FileSource(settings.file, options)
  if (settings.kind === 'stream' && settings.file !== '') return new StreamSource(settings.file)
  if (settings.kind === 'stream' && settings.command.length > 0) return new CommandSource(settings.command)
  const ethernet = interfaceState(settings.interface)?.ethernet ?? true
  const live = {
    interface: settings.interface,
    filter: settings.filter || defaultFilter(serverPorts, ethernet),
    bufferMebibytes: settings.bufferMebibytes,
  }
  return settings.kind === 'cap'
    ? new LiveSource(live)
    : tcpdumpSource({ ...live, delivery: settings.delivery })
}
