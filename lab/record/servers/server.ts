import type { Namespace } from '../namespace.js'
import type { RunningProgram } from '../process.js'
import type { ProgramName } from '../programs.js'
import type { Stage } from '../stage.js'
import type { TrustAnchor, ZoneFile } from '../zones/signing.js'

/** Where a server listens, always on port 53. */
export interface ServerPlace {
  stage: Stage
  namespace: Namespace
  /** IPv4 and IPv6 addresses of the namespace's loopback interface. */
  addresses: readonly string[]
}

/** A server that answers from zone files. */
export interface AuthoritativeServer {
  /** As in capture file names. */
  name: string
  programs: readonly ProgramName[]
  start(place: ServerPlace, zones: readonly ZoneFile[]): Promise<RunningProgram>
}

/** Where a resolver starts, and what it trusts. */
export interface ResolverSource {
  /** Path of a root hints file. */
  hints: string
  /** IPv4 address of a server that a forwarder asks. */
  upstream: string
  anchor: TrustAnchor
}

/** A server that asks others. */
export interface ResolvingServer {
  /** As in capture file names. */
  name: string
  /** It answers REFUSED to `REFUSED_CLIENT`; the others serve it, or say nothing. */
  refuses?: true
  programs: readonly ProgramName[]
  start(place: ServerPlace, source: ResolverSource): Promise<RunningProgram>
}

/** IPv4 and IPv6 apart, for servers that configure them apart. */
export function splitFamilies(addresses: readonly string[]): { ipv4: string[]; ipv6: string[] } {
  return {
    ipv4: addresses.filter((address) => !address.includes(':')),
    ipv6: addresses.filter((address) => address.includes(':')),
  }
}
