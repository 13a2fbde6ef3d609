import type { Lookup } from '../zones/lookups.js'
import type { Asking } from './client.js'

/** How dnsperf is run: its own words, beside server and data. */
const RUNS = {
  udp: [
    ['-c', '8'],
    ['-c', '4', '-D'],
    ['-c', '2', '-e'],
  ],
  tcp: [
    ['-m', 'tcp', '-c', '40', '-O', 'num-queries-per-conn=4'],
    ['-m', 'tcp', '-c', '20', '-D', '-O', 'num-queries-per-conn=1'],
    // Many questions under way on one connection (RFC 7766 section 6.2.1.1).
    ['-m', 'tcp', '-c', '2', '-e', '-q', '60'],
  ],
} as const

/** dnsperf over all lookups once, in each of its ways. */
export async function dnsperf(
  { stage, namespace, server }: Asking,
  lookups: readonly Lookup[],
  transport: keyof typeof RUNS,
): Promise<void> {
  const lines = lookups.filter(({ type }) => type !== 'ANY').map(({ name, type }) => `${name} ${type}`)
  const file = await stage.write(`dnsperf-${transport}.txt`, `${lines.join('\n')}\n`)
  for (const words of RUNS[transport]) {
    const common = ['-s', server, '-d', file, '-n', '1', '-t', '2', '-Q', '4000', '-T', '1']
    await stage.run(namespace, 'dnsperf', [...common, ...words], { timeoutMilliseconds: 15_000 })
  }
}
