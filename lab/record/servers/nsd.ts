import type { AuthoritativeServer, ServerPlace } from './server.js'

/** NSD, answering from its zones; anyone may transfer. */
export const nsd: AuthoritativeServer = {
  name: 'nsd',
  programs: ['nsd'],
  start: (place, zones) =>
    startNsd(
      place,
      zones.map(
        ({ origin, file }) => `  name: "${origin}"\n  zonefile: "${file}"\n  provide-xfr: 127.0.0.0/8 NOKEY`,
      ),
    ),
}

/** NSD that refuses ANY and transfers and hides what it is. */
export const nsdStrict: AuthoritativeServer = {
  name: 'nsd-strict',
  asked: 'briefly',
  programs: ['nsd'],
  start: (place, zones) =>
    startNsd(
      place,
      zones.map(({ origin, file }) => `  name: "${origin}"\n  zonefile: "${file}"`),
      ['minimal-responses: yes', 'refuse-any: yes', 'hide-version: yes', 'hide-identity: yes'],
    ),
}

/** @param zones bodies of `zone` clauses, two spaces deep @param options of the `server` clause */
export async function startNsd(
  place: ServerPlace,
  zones: readonly string[],
  options: readonly string[] = [],
) {
  const { stage, namespace, addresses } = place
  const name = `nsd-${addresses[0]}`
  const file = await stage.write(
    `${name}.conf`,
    `server:
${addresses.map((address) => `  ip-address: ${address}`).join('\n')}
  port: 53
  server-count: 1
  username: ""
  zonesdir: "${stage.folder}"
  database: ""
  pidfile: ""
  xfrdfile: "${stage.folder}/${name}.xfrd"
  xfrdir: "${stage.folder}"
  zonelistfile: "${stage.folder}/${name}.list"
  nsid: "ascii_nsd"
  ipv4-edns-size: 4096
  ipv6-edns-size: 4096
  verbosity: 2
${options.map((option) => `  ${option}\n`).join('')}remote-control:
  control-enable: no
${zones.map((zone) => `zone:\n${zone}`).join('\n')}
`,
  )
  return stage.start(namespace, 'nsd', ['-d', '-c', file], /nsd started/)
}
