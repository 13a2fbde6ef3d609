import type { Lookup } from '../zones/lookups.js'
import type { Asking } from './client.js'

const OPTIONS: readonly (readonly string[])[] = [
  [],
  ['-D'],
  ['-o', 'rd'],
  ['-o', 'CD'],
  ['-b', '4096'],
  ['-D', '-o', 'CD'],
  ['-o', 'AD'],
  ['-a'],
]

/** drill of ldns; one process for each lookup, over UDP and TCP in turn. */
export async function drill({ stage, namespace, server }: Asking, lookups: readonly Lookup[]): Promise<void> {
  for (const [index, { name, type }] of lookups.entries()) {
    const absolute = name === '.' ? name : `${name}.`
    const transport = index % 2 ? ['-t'] : ['-u']
    const options = OPTIONS[(index >> 1) % OPTIONS.length]!
    await stage.run(namespace, 'drill', [...transport, ...options, absolute, `@${server}`, type])
  }
}
