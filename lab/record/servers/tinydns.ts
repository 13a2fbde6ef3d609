import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PlainRecord, plainRecords } from '../zones/plain-zone.js'
import type { PlainServer, ServerPlace } from './server.js'

const TYPES = ['SOA', 'NS', 'A', 'CNAME', 'MX', 'TXT'] as const

/** axfrdns reads records of at most 32,767 bytes; the text has some quotes and lengths besides. */
const LONGEST_TEXT = 32_500

/** tinydns over UDP and axfrdns over TCP, on one data file. axfrdns transfers a zone one record a message. */
export const tinyDns = tinyDnsWith('tinydns')

/** The same with records of tens of kilobytes. */
export const tinyDnsLong = tinyDnsWith('tinydns-long', LONGEST_TEXT)

function tinyDnsWith(name: string, longestText?: number): PlainServer {
  return {
    name,
    programs: ['tinydns', 'tinydns-data', 'tcpserver', 'axfrdns', 'env', 'sh'],
    start: (place) => startTinyDns(place, longestText),
  }
}

async function startTinyDns({ stage, namespace, addresses }: ServerPlace, longestText?: number) {
  const folder = join(stage.folder, 'tinydns')
  await mkdir(folder)
  const lines = plainRecords(addresses[0]!, TYPES, longestText).map(dataLine)
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
