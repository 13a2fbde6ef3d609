import type { Lookup } from '../zones/lookups.js'
import { REFUSED_CLIENT } from '../zones/zone-data.js'
import { type Asking, chunks } from './client.js'

/** What people and scripts set on dig; one after another over the lookups. */
const UDP_OPTIONS: readonly (readonly string[])[] = [
  [],
  ['+noedns'],
  ['+dnssec'],
  ['+norec'],
  ['+noedns', '+noad'],
  ['+nocookie', '+bufsize=512'],
  ['+noad'],
  ['+dnssec', '+cd'],
  ['+bufsize=4096'],
  ['+noedns', '+norec', '+noad'],
  ['+nsid'],
  ['+cd', '+noad'],
  ['+subnet=192.0.2.0/24'],
  ['+dnssec', '+norec', '+bufsize=4096'],
  ['+noedns', '+cd'],
  ['+norec', '+cd'],
  ['+norec', '+cd', '+dnssec', '+noad'],
  ['+norec', '+noad'],
  ['+bufsize=4096', '+dnssec', '+noad'],
]

/** The same over TCP. */
const TCP_OPTIONS: readonly (readonly string[])[] = [
  [],
  ['+noedns'],
  ['+dnssec'],
  ['+noad'],
  ['+norec'],
  ['+noedns', '+noad'],
  ['+nocookie', '+cd'],
  ['+padding=128'],
  ['+norec', '+noad'],
  ['+noedns', '+cd', '+noad'],
  ['+dnssec', '+cd', '+noad'],
  ['+norec', '+cd'],
  ['+norec', '+cd', '+noad'],
  ['+norec', '+dnssec', '+bufsize=4096'],
  ['+noedns', '+norec'],
  ['+noedns', '+cd'],
  ['+padding=468'],
]

/** Questions that only administrators ask, and ones that a server must refuse to understand. */
const SPECIAL: readonly (readonly string[])[] = [
  ['-c', 'CH', '-t', 'TXT', 'version.bind'],
  ['-c', 'CH', '-t', 'TXT', 'id.server', '+noedns'],
  ['-c', 'CH', '-t', 'TXT', 'hostname.bind', '+norec'],
  ['-c', 'HS', 'example', '+noedns'],
  // EDNS version 1: BADVERS (RFC 6891 section 6.1.3).
  ['example', 'SOA', '+edns=1', '+noednsnegotiation'],
  ['example', 'SOA', '+edns=1', '+noednsnegotiation', '+norec'],
  ['example', 'SOA', '+edns=1', '+ednsnegotiation'],
  // A client subnet option of one byte: FORMERR (RFC 7871 section 7.1.2).
  ['example', 'SOA', '+ednsopt=8:00'],
  ['example', 'SOA', '+ednsopt=8:00', '+norec', '+noad'],
  ['size4070.example', 'TXT', '+bufsize=512', '+ignore'],
  ['size2035.example', 'TXT', '+noedns', '+ignore'],
  ['size2035.example', 'TXT', '+noedns', '+ignore', '+norec'],
  ['t60.example', 'TXT', '+bufsize=512', '+ignore', '+noad'],
  ['a100.example', 'A', '+dnssec', '+bufsize=512', '+ignore'],
  ['example', 'ANY', '+notcp', '+bufsize=4096'],
]

/** dig's batch of many lookups on one command line runs them one after another. */
const BATCH = 150

export async function digOverUdp(asking: Asking, lookups: readonly Lookup[], shift = 0): Promise<void> {
  await dig(asking, lookups, ['+tries=2', '+time=2'], UDP_OPTIONS, shift)
}

/** A TCP connection for each lookup. */
export async function digOverTcp(asking: Asking, lookups: readonly Lookup[], shift = 0): Promise<void> {
  await dig(asking, lookups, ['+tcp', '+tries=1', '+time=3'], TCP_OPTIONS, shift)
}

/** Each lookup under each of the options, over UDP and TCP: every flag that an answer repeats, beside every rcode. */
export async function digEveryWay(asking: Asking, lookups: readonly Lookup[]): Promise<void> {
  for (let shift = 0; shift < UDP_OPTIONS.length; shift += 1) await digOverUdp(asking, lookups, shift)
  for (let shift = 0; shift < TCP_OPTIONS.length; shift += 1) await digOverTcp(asking, lookups, shift)
}

/** Lookups from an address that resolvers are told to refuse. */
export async function digRefused(asking: Asking, lookups: readonly Lookup[]): Promise<void> {
  await dig(asking, lookups, ['-b', REFUSED_CLIENT, '+tries=1', '+time=1'], UDP_OPTIONS, 0)
  await dig(asking, lookups, ['-b', REFUSED_CLIENT, '+tcp', '+tries=1', '+time=1'], TCP_OPTIONS, 0)
}

/** One TCP connection for many lookups. */
export async function digKeepingOpen(asking: Asking, lookups: readonly Lookup[]): Promise<void> {
  const { stage, namespace, server } = asking
  const questions = lookups.flatMap(({ name, type }) => [name, type])
  await stage.run(namespace, 'dig', [`@${server}`, '+tcp', '+keepopen', ...questions])
}

export async function digSpecial({ stage, namespace, server }: Asking): Promise<void> {
  for (const words of SPECIAL) {
    await stage.run(namespace, 'dig', [`@${server}`, '+tries=1', '+time=2', ...words])
    await stage.run(namespace, 'dig', [`@${server}`, '+tries=1', '+time=2', '+tcp', ...words])
  }
}

/** Whole zones, and changes since serial 1 (RFC 1995). */
export async function digTransfers(
  { stage, namespace, server }: Asking,
  zones: readonly string[],
): Promise<void> {
  for (const zone of zones) {
    await stage.run(namespace, 'dig', [`@${server}`, zone, 'AXFR'])
    await stage.run(namespace, 'dig', [`@${server}`, zone, 'IXFR=1'])
    await stage.run(namespace, 'dig', [`@${server}`, '+notcp', zone, 'IXFR=1'])
  }
}

async function dig(
  { stage, namespace, server }: Asking,
  lookups: readonly Lookup[],
  common: readonly string[],
  options: readonly (readonly string[])[],
  shift: number,
): Promise<void> {
  const words = lookups.map(({ name, type }, index) => [
    name,
    type,
    ...options[(index + shift) % options.length]!,
  ])
  for (const batch of chunks(words, BATCH)) {
    await stage.run(namespace, 'dig', [`@${server}`, ...common, ...batch.flat()])
  }
}
