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
  /** It is asked less, over IPv4 alone. */
  asked?: 'briefly'
  /** It answers an update of a zone that it does not have without the QR flag: a fault that is not to be learnt. */
  breaksForeignUpdates?: true
  programs: readonly ProgramName[]
  start(place: ServerPlace, zones: readonly ZoneFile[]): Promise<RunningProgram>
}

/** A server that answers for an unsigned `example.` that it reads in a form of its own. */
export interface PlainServer {
  /** As in capture file names. */
  name: string
  /** It answers for other domains, too, be it with a refusal; the others say nothing. */
  refusesForeign?: true
  programs: readonly ProgramName[]
  start(place: ServerPlace): Promise<RunningProgram>
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
  /** It is asked less, over IPv4 alone: `plainly` where it answers ordinary questions only. */
  asked?: 'briefly' | 'plainly'
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
