import { range } from '../zones/zone-data.js'
import type { Asking } from './client.js'

/** Updates with the answer that each asks for (RFC 2136 section 2.2, 3); a server without updates refuses all. */
const UPDATES: readonly (readonly string[])[] = [
  ['zone dynamic.example.', 'update add one.dynamic.example. 60 A 203.0.113.1'],
  ['zone dynamic.example.', 'update delete one.dynamic.example. A'],
  [
    'zone dynamic.example.',
    'prereq nxdomain two.dynamic.example.',
    'update add two.dynamic.example. 60 TXT "2"',
  ],
  // NXDOMAIN, YXDOMAIN, NXRRSET, YXRRSET
  [
    'zone dynamic.example.',
    'prereq yxdomain nobody.dynamic.example.',
    'update add x.dynamic.example. 60 A 203.0.113.2',
  ],
  [
    'zone dynamic.example.',
    'prereq nxdomain www.dynamic.example.',
    'update add x.dynamic.example. 60 A 203.0.113.2',
  ],
  [
    'zone dynamic.example.',
    'prereq yxrrset www.dynamic.example. TXT',
    'update add x.dynamic.example. 60 A 203.0.113.2',
  ],
  [
    'zone dynamic.example.',
    'prereq nxrrset www.dynamic.example. A',
    'update add x.dynamic.example. 60 A 203.0.113.2',
  ],
  [
    'zone dynamic.example.',
    'prereq yxrrset www.dynamic.example. IN A 203.0.113.9',
    'update add y.dynamic.example. 60 A 203.0.113.2',
  ],
  // NOTZONE, REFUSED
  ['zone dynamic.example.', 'update add www.elsewhere.test. 60 A 203.0.113.3'],
  ['zone child.example.', 'update add new.child.example. 60 A 203.0.113.4'],
]

/** NOTAUTH (RFC 2136 section 3.1.2). */
const FOREIGN_ZONE = ['zone elsewhere.test.', 'update add www.elsewhere.test. 60 A 203.0.113.3']

/** nsupdate with a few updates over UDP and TCP each, some with many records. */
export async function nsupdate(
  { stage, namespace, server }: Asking,
  { foreignZone = true } = {},
): Promise<void> {
  const large = [1, 2, 3, 5, 10, 25, 60, 150].map((count) => [
    'zone dynamic.example.',
    ...(count % 2 ? ['prereq yxdomain www.dynamic.example.', 'prereq yxrrset www.dynamic.example. A'] : []),
    ...range(1, count).map((index) => `update add big${count}.dynamic.example. 60 A 203.0.113.${index}`),
  ])
  for (const [index, lines] of [...UPDATES, ...(foreignZone ? [FOREIGN_ZONE] : []), ...large].entries()) {
    const script = [`server ${server}`, ...lines, 'send', ''].join('\n')
    await update(script, [])
    if (index % 2) await update(script, ['-v'])
  }

  async function update(script: string, transport: string[]): Promise<void> {
    await stage.run(namespace, 'nsupdate', ['-t', '3', '-u', '1', '-r', '0', ...transport], {
      input: [script],
    })
  }
}
