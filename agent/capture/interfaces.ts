import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { FirsteightError } from '../../core/errors.js'

/** libpcap's pseudo-interface that captures on all of them (Linux). It cannot go away. */
export const ANY_INTERFACE = 'any'

const FOLDER = '/sys/class/net'
/** IFF_UP, include/uapi/linux/if.h. */
const FLAG_UP = 1
/** ARPHRD_ETHER and ARPHRD_LOOPBACK, include/uapi/linux/if_arp.h: libpcap gives both as Ethernet. */
const ETHERNET_TYPES = ['1', '772']

/** What the system says of one interface. */
export interface InterfaceState {
  up: boolean
  /** Whether its frames have Ethernet headers, and so can carry VLAN tags. */
  ethernet: boolean
  /** Differs when the interface was made anew or went down and up in the meantime. */
  generation: string
}

/** Names of the interfaces of this network namespace, those without an address included. */
export function interfaceNames(): string[] {
  try {
    return readdirSync(FOLDER).sort()
  } catch {
    return Object.keys(networkInterfaces()).sort()
  }
}

/** The state of an interface; undefined when there is none of that name. */
export function interfaceState(name: string): InterfaceState | undefined {
  if (name === ANY_INTERFACE) return { up: true, ethernet: false, generation: '' }
  if (!interfaceNames().includes(name)) return undefined
  const read = (file: string): string | undefined => {
    try {
      return readFileSync(`${FOLDER}/${name}/${file}`, 'utf8').trim()
    } catch {
      return undefined
    }
  }
  return {
    up: (Number(read('flags') ?? FLAG_UP) & FLAG_UP) !== 0,
    ethernet: ETHERNET_TYPES.includes(read('type') ?? '1'),
    generation: `${read('ifindex')}/${read('carrier_changes')}`,
  }
}

/**
 * The state of an interface that can be captured on.
 * @throws FirsteightError CAPTURE_NO_INTERFACE when it is missing or down
 */
export function usableInterface(name: string): InterfaceState {
  const state = interfaceState(name)
  if (state === undefined) throw noSuchInterface(name)
  if (!state.up) throw interfaceDown(name)
  return state
}

export function noSuchInterface(name: string): FirsteightError {
  const there = interfaceNames()
  return new FirsteightError('CAPTURE_NO_INTERFACE', `there is no interface ${name}`, {
    hint: `Set capture.interface to one of: ${[...there, ANY_INTERFACE].join(', ')}.`,
    details: { interface: name, interfaces: there },
  })
}

export function interfaceDown(name: string): FirsteightError {
  return new FirsteightError('CAPTURE_NO_INTERFACE', `interface ${name} is down`, {
    hint: `Bring it up: ip link set ${name} up`,
    details: { interface: name },
  })
}

export function filterRefused(filter: string, reason: string): FirsteightError {
  return new FirsteightError('CAPTURE_FILTER', `libpcap refuses the packet filter "${filter}": ${reason}`, {
    hint: 'Correct capture.filter; pcap-filter(7) describes the syntax.',
    details: { filter },
  })
}
