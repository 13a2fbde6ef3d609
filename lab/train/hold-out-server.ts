import type { Census } from '../census/census.js'
import type { ContextData } from './training-data.js'

/** The DNS servers of the test bed, as a census's software lines begin. */
export const SERVERS = [
  'named',
  'knotd',
  'nsd',
  'pdns_server',
  'pdns_recursor',
  'unbound',
  'dnsmasq',
  'kresd',
  'dnsdist',
  'stubby',
  'yadifad',
  'gdnsd',
  'tinydns',
  'dnscache',
  'libnet-dns-perl',
  'dnslib',
  'dnss',
  'smartdns',
] as const

export type ServerName = (typeof SERVERS)[number]

/** Programs of a census in whose captures a server took part, be it only behind a forwarder. */
export function programsWith(census: Census, server: string): Set<string> {
  return new Set(
    census.captures
      .filter(({ software }) => software.some((line) => line.split(' ')[0] === server))
      .map(({ program }) => program),
  )
}

/** A context's data divided into what programs sent that are kept, and what programs sent that are left out. */
export function holdOut(
  data: ContextData,
  left: ReadonlySet<string>,
): { kept: ContextData; heldOut: ContextData } {
  return {
    kept: onlyFrom(data, (program) => !left.has(program)),
    heldOut: onlyFrom(data, (program) => left.has(program)),
  }
}

function onlyFrom(data: ContextData, wanted: (program: string) => boolean): ContextData {
  const patterns = data.patterns
    .map(({ bytes, counts }) => ({
      bytes,
      counts: new Map([...counts].filter(([program]) => wanted(program))),
    }))
    .filter(({ counts }) => counts.size > 0)
  return {
    ...data,
    programs: data.programs.filter(wanted),
    patterns,
    streams: patterns.reduce((sum, pattern) => sum + streamsOf(pattern), 0),
  }
}

/** Streams that had a pattern, of all programs. */
export function streamsOf(pattern: { counts: ReadonlyMap<string, number> }): number {
  return [...pattern.counts.values()].reduce((sum, count) => sum + count, 0)
}
