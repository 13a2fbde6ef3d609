import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { plainRecords, plainZone } from '../zones/plain-zone.js'
import type { AuthoritativeServer, ServerPlace } from './server.js'

/** From its start until it has loaded its zones, of which it says nothing. */
const LOAD_MILLISECONDS = 3_000

/** Of the types that the signed zone holds it knows these, so it is given an unsigned one. */
const TYPES = ['SOA', 'NS', 'A', 'AAAA', 'CNAME', 'MX', 'SRV', 'TXT'] as const

/** YADIFA, answering from its zones; anyone may transfer and notify, and update one zone. */
export const yadifa: AuthoritativeServer = {
  name: 'yadifa',
  breaksForeignUpdates: true,
  programs: ['yadifad'],
  async start(place, zones) {
    const [address = ''] = place.addresses
    const plain = await place.stage.write(`yadifa-${address}.zone`, plainZone(plainRecords(address, TYPES)))
    return startYadifa(
      place,
      zones.map(
        ({ origin, file }) => `  type primary
  domain ${nameOf(origin)}
  file ${origin === 'example.' ? plain : file}
  allow-update ${origin === 'dynamic.example.' ? 'any' : 'none'}`,
      ),
    )
  },
}

/** Without the final dot, as YADIFA writes it; the root is a dot. */
export function nameOf(origin: string): string {
  return origin === '.' ? origin : origin.slice(0, -1)
}

/** @param zones bodies of `<zone>` sections */
export async function startYadifa(place: ServerPlace, zones: readonly string[]) {
  const { stage, namespace, addresses } = place
  const folder = join(stage.folder, `yadifa-${addresses[0]}`)
  for (const part of ['', 'keys', 'xfr', 'log']) await mkdir(join(folder, part))
  const file = await stage.write(
    `yadifa-${addresses[0]}.conf`,
    `<main>
  daemon off
  chroot off
  logpath "${folder}/log"
  pidfile "${folder}/pid"
  datapath "${folder}"
  keyspath "${folder}/keys"
  xfrpath "${folder}/xfr"
  user root
  group root
  port 53
  listen ${addresses.join(', ')}
  edns0-max-size 4096
  max-tcp-queries 500
  allow-query any
  allow-update none
  allow-transfer any
  allow-notify any
</main>
<nsid>
  ascii yadifa
</nsid>
<rrl>
  enabled false
</rrl>
<channels>
  out STDOUT
</channels>
<loggers>
  server EMERG,ALERT,CRIT,ERR,WARNING,NOTICE,INFO out
</loggers>
${zones.map((zone) => `<zone>\n${zone}\n</zone>`).join('\n')}
`,
  )
  // Asked to end, it wakes its own listeners with datagrams of all ones on port 53: no DNS, and not to be learnt.
  const running = await stage.start(namespace, 'yadifad', ['-c', file], /server starting with pid/, 'SIGKILL')
  await delay(LOAD_MILLISECONDS)
  return running
}
