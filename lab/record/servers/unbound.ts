import { REFUSED_CLIENT } from '../zones/zone-data.js'
import type { AuthoritativeServer, ResolverSource, ResolvingServer, ServerPlace } from './server.js'

/** Unbound as a validating resolver that starts at the root. */
export const unbound: ResolvingServer = {
  name: 'unbound',
  refuses: true,
  programs: ['unbound'],
  start: (place, source) => startUnbound(place, source, `  root-hints: "${source.hints}"`),
}

/** Unbound that forwards everything, over TCP for one part of the names. */
export const unboundForwarder: ResolvingServer = {
  name: 'unbound-forwarder',
  programs: ['unbound'],
  start: (place, source) =>
    startUnbound(
      place,
      source,
      `  minimal-responses: no
  rrset-roundrobin: no
forward-zone:
  name: "."
  forward-addr: ${source.upstream}
forward-zone:
  name: "len.example."
  forward-addr: ${source.upstream}
  forward-tcp-upstream: yes`,
    ),
}

/** Unbound that answers recursive questions only: REFUSED without RD, few records beside the answer. */
export const unboundStrict: ResolvingServer = {
  name: 'unbound-strict',
  refuses: true,
  programs: ['unbound'],
  asked: 'briefly',
  start: (place, source) =>
    startUnbound(
      place,
      source,
      `  root-hints: "${source.hints}"
  access-control: 127.0.0.0/8 allow
  access-control: ::1 allow
  minimal-responses: yes
  deny-any: yes
  hide-version: yes
  hide-identity: yes
  local-zone: "x1.nobody.example." always_nxdomain
  local-zone: "www.unloaded.example." always_refuse
  local-zone: "a4.example." always_nodata`,
    ),
}

/** Unbound, answering from copies of the zones and for everything below them as well. */
export const unboundForAll: AuthoritativeServer = {
  name: 'unbound',
  programs: ['unbound'],
  start(place, zones) {
    // It ends when a zone's file is missing.
    const loaded = zones.filter(({ origin }) => origin !== 'unloaded.example.')
    const copies = loaded.map(
      ({ origin, file }) => `auth-zone:\n  name: "${origin}"\n  zonefile: "${file}"\n  for-upstream: yes`,
    )
    return startUnbound(place, undefined, `  log-servfail: no\n${copies.join('\n')}`)
  },
}

/** @param source of trust; without it nothing is validated @param more lines of the `server` section, then others */
async function startUnbound(place: ServerPlace, source: ResolverSource | undefined, more: string) {
  const { stage, namespace, addresses } = place
  const { keyTag, algorithm, digestType, digest } = source?.anchor ?? {}
  const trust = source
    ? `trust-anchor: ". DS ${keyTag} ${algorithm} ${digestType} ${digest}"`
    : 'module-config: iterator'
  const name = `unbound-${addresses[0]}.conf`
  const file = await stage.write(
    name,
    `server:
${addresses.map((address) => `  interface: ${address}`).join('\n')}
  access-control: 127.0.0.0/8 allow_snoop
  access-control: ::1 allow_snoop
  access-control: ${REFUSED_CLIENT}/32 refuse
  username: ""
  chroot: ""
  directory: "${stage.folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  num-threads: 1
  verbosity: 1
  do-not-query-localhost: no
  max-udp-size: 4096
  ${trust}
${more}
remote-control:
  control-enable: no
`,
  )
  return stage.start(namespace, 'unbound', ['-d', '-c', file], /start of service/)
}
