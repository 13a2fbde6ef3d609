import { REFUSED_CLIENT } from '../zones/zone-data.js'
import type { ResolverSource, ResolvingServer, ServerPlace } from './server.js'

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

async function startUnbound(place: ServerPlace, { anchor }: ResolverSource, more: string) {
  const { stage, namespace, addresses } = place
  const { keyTag, algorithm, digestType, digest } = anchor
  const file = await stage.write(
    'unbound.conf',
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
  trust-anchor: ". DS ${keyTag} ${algorithm} ${digestType} ${digest}"
${more}
remote-control:
  control-enable: no
`,
  )
  return stage.start(namespace, 'unbound', ['-d', '-c', file], /start of service/)
}
