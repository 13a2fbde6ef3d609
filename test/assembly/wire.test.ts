import t from 'tap'
import { buildFrame, ENCAPSULATIONS, type FrameParts, LINK_TYPES } from '../../bench/traffic/frames.js'
import { brokenIdentity, CLIENT, KernelHarness, SERVER } from '../support/kernel-harness.js'

const PAYLOAD = Buffer.from('1234010000010000000000000377777700', 'hex')
const UDP: FrameParts = {
  encapsulation: 'ethernet',
  ipVersion: 4,
  transport: 'udp',
  sourceHost: CLIENT.host,
  sourcePort: CLIENT.port,
  destinationHost: SERVER.host,
  destinationPort: SERVER.port,
  payload: PAYLOAD,
}
const ETHERNET = 14
const harness = await KernelHarness.create()

function undecoded(frame: Uint8Array, linkType: number = LINK_TYPES.ethernet): string[] {
  harness.clear()
  harness.frame(frame, linkType)
  return Object.entries(harness.counters.undecoded)
    .filter(([, count]) => count > 0)
    .map(([reason]) => reason)
}

function firstEights(frame: Uint8Array, linkType: number = LINK_TYPES.ethernet): string[] {
  harness.clear()
  harness.frame(frame, linkType)
  return harness.records.map((record) => Buffer.from(record.firstEight).toString('hex'))
}

t.test('every encapsulation and IP version reaches the same eight bytes', async (t) => {
  for (const encapsulation of ENCAPSULATIONS) {
    for (const ipVersion of [4, 6] as const) {
      const frame = buildFrame({ ...UDP, encapsulation, ipVersion })
      t.same(
        firstEights(frame, LINK_TYPES[encapsulation]),
        ['1234010000010000'],
        `${encapsulation} ${ipVersion}`,
      )
      const [record] = harness.records
      t.match(record, {
        context: 'udp-query',
        transport: 'udp',
        clientPort: 40000,
        serverPort: 53,
        payloadLength: 17,
      })
      t.equal(record!.clientAddress.length, ipVersion === 4 ? 4 : 16)
      t.same([...record!.serverAddress.slice(-4)], [198, 51, 100, 53])
      t.same(Buffer.from(record!.payloadPrefix), PAYLOAD)
    }
  }
})

t.test('a frame cut at every length is scored or counted with one reason', async (t) => {
  for (const encapsulation of ENCAPSULATIONS) {
    for (const ipVersion of [4, 6] as const) {
      for (const transport of ['udp', 'tcp'] as const) {
        const frame = buildFrame({ ...UDP, encapsulation, ipVersion, transport })
        for (let length = 0; length <= frame.length; length++) {
          harness.clear()
          harness.frame(frame.subarray(0, length), LINK_TYPES[encapsulation])
          harness.end()
          const broken = brokenIdentity(harness.counters)
          const complete = transport === 'udp' && length >= frame.length - PAYLOAD.length + 8
          if (broken !== undefined || harness.records.length !== (complete ? 1 : 0))
            t.fail(
              `${encapsulation} ${ipVersion} ${transport} at ${length}: ${broken ?? harness.records.length}`,
            )
        }
      }
    }
  }
  t.equal(harness.kernel.functions.guardsIntact(), 1)
})

t.test('VLAN ids are reported, outermost first', async (t) => {
  firstEights(buildFrame({ ...UDP, encapsulation: 'qinq' }))
  t.same(harness.records[0]!.vlanIds, [100, 5])
  firstEights(buildFrame({ ...UDP, encapsulation: 'vlan' }))
  t.same(harness.records[0]!.vlanIds, [5])
})

t.test('IPv4', async (t) => {
  const frame = buildFrame(UDP)
  const change = (edit: (ip: Buffer) => void) => {
    const copy = Buffer.from(frame)
    edit(copy.subarray(ETHERNET))
    return copy
  }
  t.same(undecoded(change((ip) => ip.writeUInt8(0x44, 0))), ['ip-header-invalid'], 'header shorter than 20')
  t.same(undecoded(change((ip) => ip.writeUInt8(0x65, 0))), ['ip-header-invalid'], 'another version')
  t.same(
    undecoded(change((ip) => ip.writeUInt16BE(19, 2))),
    ['ip-header-invalid'],
    'total length below the header',
  )
  t.same(undecoded(change((ip) => ip.writeUInt16BE(1, 6))), ['later-fragment'])
  t.same(undecoded(change((ip) => ip.writeUInt8(1, 9))), ['transport-unsupported'], 'ICMP')
  t.same(firstEights(change((ip) => ip.writeUInt16BE(0x2000, 6))), ['1234010000010000'], 'first fragment')
  t.same(firstEights(change((ip) => ip.writeUInt16BE(0, 2))), ['1234010000010000'], 'length left to the card')
  t.same(firstEights(Buffer.concat([frame, Buffer.alloc(20)])), ['1234010000010000'], 'padding')

  const options = Buffer.concat([
    frame.subarray(0, ETHERNET + 20),
    Buffer.alloc(8, 1),
    frame.subarray(ETHERNET + 20),
  ])
  options.writeUInt8(0x47, ETHERNET)
  options.writeUInt16BE(20 + 8 + 8 + PAYLOAD.length, ETHERNET + 2)
  t.same(firstEights(options), ['1234010000010000'], 'options')
})

t.test('IPv6 extension headers', async (t) => {
  const plain = buildFrame({ ...UDP, ipVersion: 6 })
  const withHeaders = (...headers: { type: number; bytes: Buffer }[]) => {
    const ip = Buffer.from(plain.subarray(ETHERNET, ETHERNET + 40))
    const rest = plain.subarray(ETHERNET + 40)
    ip.writeUInt8(headers[0]!.type, 6)
    headers.forEach(({ bytes }, index) => {
      bytes.writeUInt8(headers[index + 1]?.type ?? 17, 0)
    })
    const extensions = Buffer.concat(headers.map(({ bytes }) => bytes))
    ip.writeUInt16BE(extensions.length + rest.length, 4)
    return Buffer.concat([plain.subarray(0, ETHERNET), ip, extensions, rest])
  }
  const header = (type: number, ...bytes: number[]) => ({ type, bytes: Buffer.from([0, ...bytes]) })
  const hop = () => header(0, 0, 0, 0, 0, 0, 0, 0)
  const destination = () => header(60, 1, ...Array(14).fill(0))
  const authentication = () => header(51, 4, ...Array(22).fill(0))
  const fragment = (offset: number, more: number) =>
    header(44, 0, offset >> 5, ((offset << 3) & 255) | more, 0, 0, 0, 1)

  t.same(firstEights(withHeaders(hop(), destination(), authentication())), ['1234010000010000'])
  t.same(firstEights(withHeaders(fragment(0, 1))), ['1234010000010000'], 'first fragment')
  t.same(undecoded(withHeaders(fragment(1, 1))), ['later-fragment'])
  t.same(undecoded(withHeaders(...Array.from({ length: 12 }, hop))), ['ip-extensions-too-many'])
  t.same(
    undecoded(withHeaders(header(0, 255, 0, 0, 0, 0, 0, 0))),
    ['ip-header-invalid'],
    'longer than the packet',
  )
  t.same(undecoded(withHeaders(header(59, 0, 0, 0, 0, 0, 0, 0))), ['transport-unsupported'], 'no next header')
})

t.test('UDP', async (t) => {
  const frame = buildFrame(UDP)
  const withLength = (length: number) => {
    const copy = Buffer.from(frame)
    copy.writeUInt16BE(length, ETHERNET + 24)
    return copy
  }
  t.same(undecoded(withLength(7)), ['udp-length-invalid'])
  t.same(undecoded(withLength(26)), ['udp-length-invalid'], 'longer than IP carried')
  t.same(firstEights(withLength(16)), ['1234010000010000'], 'shorter than IP carried')
  t.same(undecoded(frame.subarray(0, ETHERNET + 28 + 7)), ['payload-truncated'], 'cut by the snaplen')
  for (let length = 0; length < 8; length++) {
    harness.clear()
    harness.send('client', { payload: PAYLOAD.subarray(0, length) })
    t.match(harness.records, [{ kind: 'short', context: 'udp-query', payloadLength: length }])
    t.equal(harness.records[0]!.firstEight.length, length)
    t.equal(harness.counters.contexts['udp-query'].short, 1)
  }
})

t.test('TCP header lengths', async (t) => {
  const frame = buildFrame({ ...UDP, transport: 'tcp' })
  const withOffset = (words: number) => {
    const copy = Buffer.from(frame)
    copy.writeUInt8(words << 4, ETHERNET + 32)
    return copy
  }
  t.same(undecoded(withOffset(4)), ['tcp-header-invalid'])
  t.same(undecoded(withOffset(15)), ['tcp-header-invalid'], 'longer than IP carried')
  t.same(undecoded(withOffset(6)), [])
})

t.test('links', async (t) => {
  const frame = buildFrame(UDP)
  t.same(undecoded(frame, 147), ['link-type-unsupported'])
  t.same(undecoded(frame, -1), ['interface-unknown'])
  const arp = Buffer.from(frame)
  arp.writeUInt16BE(0x0806, 12)
  t.same(undecoded(arp), ['network-protocol-unsupported'])
  const tags = Buffer.alloc(4 * 9)
  for (let tag = 0; tag < 9; tag++) tags.writeUInt16BE(0x8100, tag * 4)
  t.same(undecoded(Buffer.concat([frame.subarray(0, 12), tags, frame.subarray(12)])), ['link-tags-too-many'])
  const discovery = buildFrame({ ...UDP, encapsulation: 'pppoe' })
  discovery.writeUInt8(9, 15)
  t.same(undecoded(discovery), ['network-protocol-unsupported'], 'PPPoE that is no session data')
  const compressed = Buffer.concat([Buffer.from([0x21]), frame.subarray(ETHERNET)])
  t.same(firstEights(compressed, LINK_TYPES.ppp), ['1234010000010000'], 'one-byte PPP protocol field')
})

t.test('ports', async (t) => {
  harness.clear()
  harness.send('client', { payload: PAYLOAD, destinationPort: 54 })
  t.equal(harness.counters.otherPorts, 1)
  harness.kernel.setServerPorts([54, 65535])
  harness.send('client', { payload: PAYLOAD, destinationPort: 54 })
  harness.send('client', { payload: PAYLOAD, sourcePort: 65535, destinationPort: 9 })
  harness.send('client', { payload: PAYLOAD })
  t.equal(harness.counters.otherPorts, 2)
  t.same(
    harness.records.map((record) => [record.context, record.clientPort, record.serverPort]),
    [
      ['udp-query', 40000, 54],
      ['udp-response', 9, 65535],
    ],
  )
  harness.kernel.setServerPorts([53])
})

t.test('between two server ports the better fitting context decides', async (t) => {
  harness.clear()
  const query = Buffer.from('1234010000010000', 'hex')
  harness.send('client', { payload: query, sourcePort: 53 })
  const losses = (['udp-query', 'udp-response'] as const).map(
    (name) => harness.kernel.score(name, query).lossUnits,
  )
  t.equal(harness.records[0]!.context, losses[0]! <= losses[1]! ? 'udp-query' : 'udp-response')
  t.equal(brokenIdentity(harness.counters), undefined)
})
