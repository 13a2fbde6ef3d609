import { FirsteightError } from '../../../core/errors.js'
import { administrators } from '../clients/administrators.js'
import type { Asking } from '../clients/client.js'
import {
  digEveryWay,
  digKeepingOpen,
  digOverTcp,
  digOverUdp,
  digSpecial,
  digTransfers,
} from '../clients/dig.js'
import { dnsperf } from '../clients/dnsperf.js'
import { drill } from '../clients/drill.js'
import { glibc, host } from '../clients/glibc.js'
import { kdig } from '../clients/kdig.js'
import { largeQueries, largeUpdates } from '../clients/large-queries.js'
import { cAres, dnspython } from '../clients/libraries.js'
import { nsupdate } from '../clients/nsupdate.js'
import { retries } from '../clients/retries.js'
import { digInSegments } from '../clients/segments.js'
import { busybox, musl } from '../clients/small-systems.js'
import type { RunningProgram } from '../process.js'
import type { ProgramName } from '../programs.js'
import {
  countLookups,
  every,
  type Lookup,
  lengthLookups,
  plainLookups,
  sizeLookups,
  variedLookups,
} from '../zones/lookups.js'
import { BROKEN_NAMES } from '../zones/zone-data.js'

/** Programs of `askEverything`. */
export const MIX_PROGRAMS: readonly ProgramName[] = [
  ...([
    'dig',
    'kdig',
    'drill',
    'dnsperf',
    'getent',
    'host',
    'node',
    'nsupdate',
    'python3',
    'dnspython',
    'ldns-notify',
    'busybox',
    'musl-gcc',
    'sh',
  ] as const),
]

/** What only a zone's own server is sent: changes, and the key negotiation before them. */
export async function changeEverything(asking: Asking): Promise<void> {
  await largeQueries(asking)
  await largeUpdates(asking)
}

/**
 * Every client's questions to one server: all shapes of answer, over UDP and TCP, IPv4 and IPv6.
 * @param server6 the same server's IPv6 address
 */
export async function askEverything(
  asking: Asking,
  server6: string,
  serverProgram: RunningProgram,
): Promise<void> {
  await expectAnswer(asking)
  const asking6 = { ...asking, server: server6 }
  const [counts, sizes, lengths, plain] = [countLookups(), sizeLookups(), lengthLookups(), plainLookups()]
  const all = [...counts, ...sizes, ...lengths, ...plain]

  for (const shift of [0, 5, 11, 16]) await digOverUdp(asking, [...counts, ...plain], shift)
  await digEveryWay(asking, variedLookups())
  await digOverUdp(asking, [...every(sizes, 2), ...every(lengths, 3)])
  await digOverUdp(asking6, every(all, 6), 3)
  await digOverTcp(asking, [...sizes, ...every(lengths, 2), ...every(counts, 4), ...plain])
  await digOverTcp(asking6, every(all, 8), 5)
  await digKeepingOpen(asking, every(all, 9))
  await digSpecial(asking)
  await digTransfers(asking, ['example', 'child.example', 'dynamic.example', 'elsewhere.test'])
  await digInSegments(asking, every(all, 5))
  await kdig(asking, [...every(counts, 2), ...plain], ['+notcp'])
  await kdig(asking, every(all, 6), ['+tcp'])
  await kdig(asking6, every(all, 14), ['+tcp', '+keepopen'])
  await drill(asking, [...every(all, 5), ...plain])
  await dnsperf(asking, [...counts, ...every(lengths, 2), ...plain], 'udp')
  await dnsperf(asking, [...every(sizes, 2), ...lengths, ...plain], 'tcp')
  await glibc(asking, [...every(lengths, 3), ...every(counts, 4), ...plain])
  await host(asking, every(counts, 12))
  await cAres(asking, [...every(all, 3), ...plain])
  await dnspython(asking, [...every(all, 3), ...plain])
  await musl(asking, [...every(lengths, 6), ...every(counts, 6), ...plain])
  await busybox(asking, [...every(counts, 12), ...every(plain, 3)])
  await administrators(asking)
  await nsupdate(asking)
  await retries(asking, serverProgram)
}

/**
 * A part of the questions, over IPv4: every kind of answer under every flag, what administrators send, and changes.
 * @param inZoneOnly leave out names of other domains, which the server does not answer at all
 * @param foreignZone send an update of a zone that the server does not have, too
 */
export async function askBriefly(
  asking: Asking,
  { inZoneOnly = false, foreignZone = true } = {},
): Promise<void> {
  await expectAnswer(asking)
  const asked = (lookups: Lookup[]) => (inZoneOnly ? lookups.filter(isInZone) : lookups)
  const [counts, plain, varied] = [countLookups(), asked(plainLookups()), asked(variedLookups())]
  const [sizes, lengths] = [every(sizeLookups(), 4), every(lengthLookups(), 8)]
  await digEveryWay(asking, varied)
  await digOverUdp(asking, [...counts, ...sizes, ...lengths, ...plain])
  await digOverTcp(asking, [...every(counts, 4), ...sizes, ...lengths, ...plain])
  await digKeepingOpen(asking, every(counts, 9))
  await digSpecial(asking)
  await digTransfers(asking, ['example', 'dynamic.example'])
  await kdig(asking, every(counts, 3), ['+notcp'])
  await kdig(asking, every(counts, 6), ['+tcp'])
  await drill(asking, every(counts, 6))
  await dnspython(asking, every(counts, 3))
  await administrators(asking)
  await nsupdate(asking, { foreignZone })
  await largeQueries(asking)
}

/** Programs' ordinary questions for names in the zone, for a server that answers little else. */
export async function askPlainly(asking: Asking): Promise<void> {
  await expectAnswer(asking)
  const [counts, plain] = [countLookups(), plainLookups().filter(isInZone)]
  const lookups = [...counts, ...plain, ...every(sizeLookups(), 4), ...every(lengthLookups(), 8)]
  await cAres(asking, lookups)
  await glibc(asking, lookups)
  await dnsperf(asking, lookups, 'udp')
  await dnsperf(asking, every(lookups, 2), 'tcp')
  await musl(asking, every(lookups, 3))
  await busybox(asking, every(counts, 6))
  await host(asking, every(counts, 12))
}

function isInZone({ name }: Lookup): boolean {
  return name.endsWith('example') && !(BROKEN_NAMES as readonly string[]).includes(name)
}

/** A server that does not serve its zones would fill the capture with SERVFAIL. */
async function expectAnswer({ stage, namespace, server }: Asking): Promise<void> {
  const { output } = await stage.run(namespace, 'dig', [`@${server}`, '+short', 'a2.example', 'A'])
  if (output.includes('203.0.113.2')) return
  throw new FirsteightError('LAB_PROGRAM_FAILED', `${server} does not answer for a2.example: ${output}`, {
    hint: 'See what the server said of its zones.',
  })
}
