import { setTimeout as delay } from 'node:timers/promises'
import { plainRecords, plainZone } from '../zones/plain-zone.js'
import type { PlainServer } from './server.js'

const TYPES = ['SOA', 'NS', 'A', 'AAAA', 'CNAME', 'MX', 'SRV', 'TXT'] as const

/** From its first word until it listens. */
const LOAD_MILLISECONDS = 3_000

/** Python's dnslib with the server for zone files that it brings. */
export const dnslib: PlainServer = {
  name: 'dnslib',
  programs: ['python3', 'dnslib'],
  refusesForeign: true,
  async start({ stage, namespace, addresses }) {
    const records = plainRecords(addresses[0]!, TYPES)
    const zone = await stage.write('plain.zone', plainZone(records))
    const address = ['--address', addresses[0]!, '--port', '53', '--tcp']
    const running = await stage.start(
      namespace,
      'python3',
      ['-u', '-m', 'dnslib.zoneresolver', '--zone', zone, ...address],
      /Starting Zone Resolver/,
    )
    await delay(LOAD_MILLISECONDS)
    return running
  },
}
