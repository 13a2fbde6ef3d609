import { FirsteightError } from '../../core/errors.js'
import { CommandSource, type ProgramKnowledge } from './command.js'
import { filterRefused, interfaceDown, noSuchInterface } from './interfaces.js'
import type { CaptureStatistics } from './source.js'

/** Bytes kept of each packet. In the ring each takes a power of two: 4 KiB with this and libpcap's header. */
const SNAPLEN = 3968

/**
 * How tcpdump hands packets on. `immediate`: each at once. `batched`: when the system has filled a block of packets, or
 * after a second, and 4 KiB at a time, for a fifth of its processor time.
 */
export type Delivery = 'immediate' | 'batched'

/** What each asks of tcpdump, and how long packets may take through it, ms. */
const DELIVERIES: Record<Delivery, { flags: readonly string[]; lastRead: number }> = {
  immediate: { flags: ['--immediate-mode', '-U'], lastRead: 50 },
  batched: { flags: [], lastRead: 1100 },
}

/**
 * Live capture through tcpdump on a pipe: capture times, original lengths and drop counts are its own.
 * Why it is called like this: docs/decisions/0020-tcpdump-flags.md, 0075-capture-under-load.md.
 * @param options.filter pcap-filter(7) expression; empty: everything
 */
export function tcpdumpSource(options: {
  interface: string
  filter: string
  /** Size of the system's ring of packets. */
  bufferMebibytes: number
  delivery: Delivery
}): CommandSource {
  const { flags, lastRead } = DELIVERIES[options.delivery]
  const command = [
    'tcpdump',
    ...['-i', options.interface, '-n', '-s', `${SNAPLEN}`, '-B', `${options.bufferMebibytes * 1024}`],
    ...[...flags, '-w', '-', '--', options.filter],
  ]
  return new CommandSource(command, `interface ${options.interface} (tcpdump)`, {
    lastRead,
    ...knowledgeOf(options.interface, options.filter),
  })
}

/** tcpdump's standard error, as versions 4.9 to 4.99 write it. */
function knowledgeOf(interfaceName: string, filter: string): Omit<ProgramKnowledge, 'lastRead'> {
  return {
    statisticsSignal: 'SIGUSR1',
    isOpened: (line) => /listening on /.test(line),
    statistics,
    explain: (lines) => {
      const text = lines.join('\n')
      const reason = /tcpdump: (.*)/.exec(text)?.[1] ?? ''
      if (/permission|not permitted/i.test(text)) return noRight(interfaceName, reason)
      if (/no such device/i.test(text)) return noSuchInterface(interfaceName)
      if (/is not up/i.test(text)) return interfaceDown(interfaceName)
      if (/disappeared|went away|network is down/i.test(text)) return interfaceGone(interfaceName)
      if (/pcap_loop|unrecognized option|invalid option/.test(text) || reason === '') return undefined
      return filterRefused(filter, reason)
    },
  }
}

/** Counts come three to a line on SIGUSR1, one to a line at the end. */
function statistics(line: string): Partial<CaptureStatistics> | undefined {
  const count = (pattern: RegExp): number | undefined => {
    const digits = pattern.exec(line)?.[1]
    return digits === undefined ? undefined : Number(digits)
  }
  const received = count(/(\d+) packets? received by filter/)
  const dropped = count(/(\d+) packets? dropped by kernel/)
  if (received === undefined && dropped === undefined) {
    return /\d+ packets? (captured|dropped by interface)/.test(line) ? {} : undefined
  }
  return { ...(received !== undefined && { received }), ...(dropped !== undefined && { dropped }) }
}

function noRight(interfaceName: string, reason: string): FirsteightError {
  return new FirsteightError('CAPTURE_NO_RIGHT', `tcpdump may not capture on ${interfaceName}: ${reason}`, {
    hint:
      'Give the right to tcpdump alone: setcap cap_net_raw+ep $(command -v tcpdump), ' +
      'and restrict who may run it: chgrp GROUP and chmod 750.',
    details: { interface: interfaceName },
  })
}

function interfaceGone(interfaceName: string): FirsteightError {
  return new FirsteightError('CAPTURE_ENDED', `interface ${interfaceName} disappeared while capturing`, {
    hint: `Start again once it is back: ip link show ${interfaceName}`,
    details: { interface: interfaceName },
  })
}
