import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PlainRecord, plainRecords } from '../zones/plain-zone.js'
import type { PlainServer } from './server.js'

const TYPES = ['SOA', 'NS', 'A', 'CNAME', 'MX', 'TXT'] as const

/** tinydns over UDP and axfrdns over TCP, on one data file. */
export const tinyDns: PlainServer = {
  name: 'tinydns',
  programs: ['tinydns', 'tinydns-data', 'tcpserver', 'axfrdns', 'env', 'sh'],
  async start({ stage, namespace, addresses }) {
    const folder = join(stage.folder, 'tinydns')
    await mkdir(folder)
    const lines = plainRecords(addresses[0]!, TYPES).map(dataLine)
    await writeFile(join(folder, 'data'), `${lines.join('\n')}\n`)
    await stage.tool('sh', ['-c', 'cd "$1" && exec "$0"', stage.path('tinydns-data'), folder])
    const variables = [`ROOT=${folder}`, 'UID=0', 'GID=0']
    const tcp = ['tcpserver', '-vDRHl0', addresses[0]!, '53', stage.path('axfrdns')]
    await stage.start(namespace, 'env', [...variables, 'AXFR=example', ...tcp], /status: 0/)
    return stage.start(
      namespace,
      'env',
      [...variables, `IP=${addresses[0]}`, stage.path('tinydns')],
      /starting tinydns/,
    )
  },
}

/** A line of tinydns-data(8). Each name and text stands between colons. */
function dataLine({ name, type, data }: PlainRecord): string {
  const words = data.split(' ')
  const owner = bare(name)
  switch (type) {
    case 'SOA':
      return `Z${owner}:${bare(words[0]!)}:${bare(words[1]!)}:${words.slice(2).join(':')}:300`
    case 'NS':
      return `&${owner}::${bare(data)}:300`
    case 'A':
      return `+${owner}:${data}:300`
    case 'CNAME':
      return `C${owner}:${bare(data)}:300`
    case 'MX':
      return `@${owner}::${bare(words[1]!)}:${words[0]}:300`
    default:
      return `'${owner}:${data.replaceAll('" "', '').replaceAll('"', '')}:300`
  }
}

/** Without the final dot. */
function bare(name: string): string {
  return name.replace(/\.$/, '')
}
