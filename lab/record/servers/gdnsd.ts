import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { plainRecords, plainZone } from '../zones/plain-zone.js'
import type { PlainServer } from './server.js'

const TYPES = ['SOA', 'NS', 'A', 'AAAA', 'CNAME', 'MX', 'SRV', 'TXT'] as const

/** gdnsd: authoritative only, unsigned zones. */
export const gdnsd: PlainServer = {
  name: 'gdnsd',
  programs: ['gdnsd'],
  refusesForeign: true,
  async start({ stage, namespace, addresses }) {
    const folder = join(stage.folder, 'gdnsd')
    for (const part of ['', 'run', 'state', 'etc', 'etc/zones']) await mkdir(join(folder, part))
    // It refuses a zone with glue below a delegation that it serves itself.
    const records = plainRecords(addresses[0]!, TYPES).filter(({ name }) => !/\b(broken|lame)\./.test(name))
    await writeFile(join(folder, 'etc/zones/example'), plainZone(records))
    await writeFile(
      join(folder, 'etc/config'),
      `options => {
  listen => [ ${addresses.join(', ')} ]
  run_dir => ${folder}/run
  state_dir => ${folder}/state
  chaos_response => gdnsd
  nsid_ascii => gdnsd
  max_edns_response => 4000
}
`,
    )
    return stage.start(namespace, 'gdnsd', ['-c', `${folder}/etc`, 'start'], /DNS listeners started/)
  },
}
