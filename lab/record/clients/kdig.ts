import type { Lookup } from '../zones/lookups.js'
import { type Asking, chunks } from './client.js'

const OPTIONS: readonly (readonly string[])[] = [
  [],
  ['+edns'],
  ['+dnssec'],
  ['+nordflag'],
  ['+cdflag'],
  ['+adflag'],
  ['+bufsize=512'],
  ['+bufsize=4096', '+dnssec'],
  ['+nsid'],
  ['+dnssec', '+adflag', '+cdflag'],
  ['+nordflag', '+dnssec'],
  ['+subnet=192.0.2.0/24'],
  ['+padding'],
]

/** kdig of Knot DNS: no EDNS and no AD unless asked, other than dig. */
export async function kdig(
  { stage, namespace, server }: Asking,
  lookups: readonly Lookup[],
  transport: readonly ('+tcp' | '+keepopen' | '+notcp')[],
): Promise<void> {
  for (const batch of chunks(lookups, 60)) {
    const words = batch.flatMap(({ name, type }, index) => [name, type, ...OPTIONS[index % OPTIONS.length]!])
    await stage.run(namespace, 'kdig', [`@${server}`, '+retry=0', '+time=2', ...transport, ...words])
  }
}
