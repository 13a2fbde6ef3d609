import { mkdir } from 'node:fs/promises'
import type { AuthoritativeServer, ServerPlace } from './server.js'

/** Knot DNS, answering from its zones; loopback clients may transfer and update. */
export const knot: AuthoritativeServer = {
  name: 'knot',
  programs: ['knotd'],
  start: (place, zones) =>
    startKnot(
      place,
      '',
      zones.map(({ origin, file }) => `  - domain: "${origin}"\n    file: "${file}"\n    acl: all`),
    ),
}

/** @param remotes a `remote` section, or empty @param zones entries of the `zone` section, two spaces deep */
export async function startKnot(place: ServerPlace, remotes: string, zones: readonly string[]) {
  const { stage, namespace, addresses } = place
  const folder = `${stage.folder}/knot-${addresses[0]}`
  await mkdir(folder)
  const file = await stage.write(
    `knot-${addresses[0]}.conf`,
    `server:
  rundir: "${folder}"
  listen: [ ${addresses.map((address) => `"${address}@53"`).join(', ')} ]
  identity: "knot"
  nsid: "knot"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  udp-max-payload: 4096
control:
  listen: "${folder}.sock"
database:
  storage: "${folder}"
log:
  - target: stderr
    any: info
acl:
  - id: all
    address: [ "127.0.0.0/8", "::1" ]
    action: [ transfer, update, notify ]
${remotes}
template:
  - id: default
    storage: "${folder}"
    zonefile-sync: -1
zone:
${zones.join('\n')}
`,
  )
  return stage.start(namespace, 'knotd', ['-c', file], /server started/)
}
