import { makeZones } from './zone-data.js'

/** A record with absolute names, for servers that read no signed zone or no zone file at all. */
export interface PlainRecord {
  /** With final dot. */
  name: string
  type: string
  /** As in a zone file, on one line; names in it are absolute. */
  data: string
}

const ORIGIN = 'example.'

/** Types whose last word is a name. */
const ENDS_IN_NAME = new Set(['CNAME', 'MX', 'NS', 'SRV'])

/** Longest TXT data that is kept unless asked otherwise, bytes: some of these servers refuse more. */
const LONGEST_TEXT = 4_096

/**
 * What the unsigned zone `example.` holds, of these types only.
 * @param nameServer IPv4 address of the one server for all zones
 * @param longestText characters of TXT data as a zone file has it; longer records are left out
 */
export function plainRecords(
  nameServer: string,
  types: readonly string[],
  longestText = LONGEST_TEXT,
): PlainRecord[] {
  const text = makeZones(nameServer).find(({ origin }) => origin === ORIGIN)!.text!
  const oneLine = text.replaceAll(/\(\s*([^)]*?)\s*\)/g, (_, inside: string) =>
    inside.replaceAll(/\s+/g, ' '),
  )
  return oneLine.split('\n').flatMap((line) => {
    const match = /^(\S+) (?:IN )?([A-Z0-9]+) (.*)$/.exec(line)
    if (!match || line.startsWith('$')) return []
    const [, owner, type, data] = match as unknown as [string, string, string, string]
    if (!types.includes(type) || (type === 'TXT' && data.length > longestText)) return []
    return [{ name: absolute(owner), type, data: ENDS_IN_NAME.has(type) ? endAbsolute(data) : data }]
  })
}

/** Zone-file text of the records. */
export function plainZone(records: readonly PlainRecord[]): string {
  return records.map(({ name, type, data }) => `${name} 300 IN ${type} ${data}\n`).join('')
}

function endAbsolute(data: string): string {
  const words = data.split(' ')
  return [...words.slice(0, -1), absolute(words.at(-1)!)].join(' ')
}

function absolute(name: string): string {
  if (name === '@') return ORIGIN
  return name.endsWith('.') ? name : `${name}.${ORIGIN}`
}
