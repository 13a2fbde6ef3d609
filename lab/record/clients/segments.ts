import { packageFile } from '../../../core/package-files.js'
import type { Lookup } from '../zones/lookups.js'
import { type Asking, chunks } from './client.js'

const RELAY = packageFile('dist/lab/record/clients/segment-relay.js')
const RELAY_PORT = '5353'

/** dig's own TCP queries, their first bytes cut into segments of 1 to 12 bytes on their way. */
export async function digInSegments(
  { stage, namespace, server }: Asking,
  lookups: readonly Lookup[],
): Promise<void> {
  const relay = await stage.start(namespace, 'node', [RELAY, RELAY_PORT, server], /relaying/)
  for (const batch of chunks(lookups, 100)) {
    const words = batch.flatMap(({ name, type }) => [name, type])
    const common = ['@127.0.0.1', '-p', RELAY_PORT, '+tcp', '+tries=1', '+time=2']
    await stage.run(namespace, 'dig', [...common, ...words])
  }
  await relay.stop()
}
