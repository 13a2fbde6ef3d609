import type { Asking } from '../clients/client.js'
import { digKeepingOpen, digOverTcp, digOverUdp } from '../clients/dig.js'
import { dnsperf } from '../clients/dnsperf.js'
import { drill } from '../clients/drill.js'
import { glibc, host } from '../clients/glibc.js'
import { kdig } from '../clients/kdig.js'
import { largeQueries, largeUpdates } from '../clients/large-queries.js'
import { cAres, dnspython } from '../clients/libraries.js'
import { nsupdate } from '../clients/nsupdate.js'
import { busybox, musl } from '../clients/small-systems.js'
import type { ProgramName } from '../programs.js'
import type { Scenario } from '../scenario.js'
import { bindForAll } from '../servers/bind.js'
import { countLookups, every, lengthLookups, plainLookups, sizeLookups } from '../zones/lookups.js'
import { SIGNING_PROGRAMS, signZones } from '../zones/signing.js'

const ADDRESS = '127.0.0.1'

interface Client {
  /** As in capture file names. */
  name: string
  programs: readonly ProgramName[]
  ask(asking: Asking): Promise<void>
}

const COUNTS = countLookups()
const SIZES = sizeLookups()
const LENGTHS = lengthLookups()
const PLAIN = plainLookups()

const CLIENTS: readonly Client[] = [
  {
    name: 'dig',
    programs: ['dig'],
    async ask(asking) {
      await digOverUdp(asking, [...LENGTHS, ...COUNTS, ...PLAIN])
      await digOverTcp(asking, [...LENGTHS, ...every(COUNTS, 2), ...every(SIZES, 2)])
      await digKeepingOpen(asking, every(LENGTHS, 3))
    },
  },
  {
    name: 'kdig',
    programs: ['kdig'],
    async ask(asking) {
      await kdig(asking, [...LENGTHS, ...COUNTS, ...PLAIN], ['+notcp'])
      await kdig(asking, [...LENGTHS, ...every(SIZES, 2), ...PLAIN], ['+tcp'])
      await kdig(asking, every(LENGTHS, 3), ['+tcp', '+keepopen'])
    },
  },
  {
    name: 'drill',
    programs: ['drill'],
    ask: (asking) => drill(asking, [...LENGTHS, ...every(COUNTS, 2), ...every(SIZES, 3), ...PLAIN]),
  },
  {
    name: 'dnsperf',
    programs: ['dnsperf'],
    async ask(asking) {
      await dnsperf(asking, [...LENGTHS, ...COUNTS, ...PLAIN], 'udp')
      await dnsperf(asking, [...LENGTHS, ...COUNTS, ...SIZES, ...PLAIN], 'tcp')
    },
  },
  {
    name: 'glibc',
    programs: ['getent', 'python3'],
    ask: (asking) => glibc(asking, [...LENGTHS, ...COUNTS, ...PLAIN]),
  },
  {
    name: 'host',
    programs: ['host'],
    ask: (asking) => host(asking, [...every(LENGTHS, 4), ...every(COUNTS, 3)]),
  },
  {
    name: 'c-ares',
    programs: ['node'],
    ask: (asking) => cAres(asking, [...LENGTHS, ...COUNTS, ...SIZES, ...PLAIN]),
  },
  {
    name: 'dnspython',
    programs: ['python3', 'dnspython'],
    ask: (asking) => dnspython(asking, [...LENGTHS, ...COUNTS, ...SIZES, ...PLAIN]),
  },
  {
    name: 'musl',
    programs: ['musl-gcc', 'sh'],
    ask: (asking) => musl(asking, [...LENGTHS, ...COUNTS, ...PLAIN]),
  },
  {
    name: 'busybox',
    programs: ['busybox'],
    ask: (asking) => busybox(asking, [...every(LENGTHS, 4), ...every(COUNTS, 2), ...PLAIN]),
  },
  { name: 'large-queries', programs: ['dig', 'python3', 'dnspython'], ask: largeQueries },
  {
    name: 'nsupdate',
    programs: ['nsupdate'],
    async ask(asking) {
      await nsupdate(asking)
      await largeUpdates(asking)
    },
  },
]

/** One client program at a time against BIND, so that each has a capture of its own. */
export const CLIENT_SCENARIOS: readonly Scenario[] = CLIENTS.map(({ name, programs, ask }) => ({
  name: `client-${name}`,
  class: 'clean',
  programs: [...programs, ...bindForAll.programs, ...SIGNING_PROGRAMS],
  async prepare(stage) {
    const namespace = await stage.namespace()
    const { zones } = await signZones(stage, ADDRESS)
    return {
      captures: [
        {
          file: `clean-client-${name}.pcap`,
          holds: `${name} and BIND, authoritative and recursive`,
          namespace,
          networkInterface: 'lo',
          filter: 'port 53',
        },
      ],
      async traffic() {
        await bindForAll.start({ stage, namespace, addresses: [ADDRESS] }, zones)
        await ask({ stage, namespace, server: ADDRESS })
      },
    }
  },
}))
