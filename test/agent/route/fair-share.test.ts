import t from 'tap'
import { FairShare } from '../../../agent/route/fair-share.js'
import type { StreamRecord } from '../../../core/stream-record.js'
import { hostPair, streamRecord } from '../../support/stream-records.js'

/** How many of 1,000 streams the share lets through, one after the other, of a cap of 60. */
function takenBy(recordOf: (number: number) => Partial<StreamRecord>): number {
  const share = new FairShare()
  return take(share, recordOf, 60)
}

function take(share: FairShare, recordOf: (number: number) => Partial<StreamRecord>, left: number): number {
  let taken = 0
  for (let number = 0; number < 1000 && taken < left; number++) {
    const record = streamRecord(recordOf(number))
    if (!share.allows(record, left - taken)) continue
    share.take(record)
    taken++
  }
  return taken
}

t.test('a host takes half, a network and a server three quarters, all together everything', async (t) => {
  t.equal(
    takenBy(() => ({})),
    30,
  )
  const everywhere = hostPair
  const oneServer = { serverAddress: Uint8Array.of(9, 9, 9, 9) }
  const fewNetworks = (number: number) => ({ clientAddress: Uint8Array.of(10, 0, number % 5, number & 255) })
  t.equal(
    takenBy((number) => ({ ...fewNetworks(number), ...oneServer })),
    45,
  )
  const network = (number: number) => ({
    ...everywhere(number),
    clientAddress: Uint8Array.of(10, 0, 0, number & 255),
  })
  t.equal(takenBy(network), 45)
  t.equal(takenBy(everywhere), 60)
})

t.test(
  'a flood that claims to come from everywhere takes half, and each other host finds room',
  async (t) => {
    const share = new FairShare()
    const flood = (number: number) => ({ ...hostPair(number), serverAddress: Uint8Array.of(9, 9, 9, 9) })
    t.equal(take(share, flood, 60), 30)
    t.notOk(share.allows(streamRecord(flood(2000)), 30))
    t.notOk(share.allows(streamRecord(flood(7)), 30), 'a source that it had before')
    let left = 30
    for (let host = 3000; host < 3029; host++) left -= take(share, () => hostPair(host), 1)
    t.equal(left, 1)
  },
)

t.test('a network that is known does not count among the newcomers', async (t) => {
  const share = new FairShare()
  const to = (clientAddress: Uint8Array) => ({ clientAddress, serverAddress: Uint8Array.of(9, 9, 9, 9) })
  const known = (number: number) => to(Uint8Array.of(192, 168, 1, number & 255))
  for (const number of [1, 2]) share.take(streamRecord(known(number)))
  let left = 58
  left -= take(share, (number) => to(hostPair(number).clientAddress), left)
  t.equal(left, 30, 'the two were newcomers once')
  t.ok(take(share, known, left) > 0)
})

t.test('hosts of IPv6 share by /64', async (t) => {
  const address = (network: number, host: number) => {
    const bytes = new Uint8Array(16).fill(0x20)
    bytes[7] = network
    bytes[15] = host
    return bytes
  }
  const server = (number: number) => ({ serverAddress: address(77, number & 255) })
  t.equal(
    takenBy((number) => ({ ...server(number), clientAddress: address(1, number & 255) })),
    45,
  )
  t.equal(
    takenBy((number) => ({ ...server(number), clientAddress: address(number & 255, 1) })),
    60,
  )
})

t.test(
  'each further flooding host gets half of what is left, and a newcomer still gets something',
  async (t) => {
    const share = new FairShare()
    let left = 60
    const taken = [1, 2, 3].map((host) => {
      const count = take(share, () => hostPair(host), left)
      left -= count
      return count
    })
    t.same(taken, [30, 15, 8])
    t.ok(share.allows(streamRecord(hostPair(4)), left))
    share.clear()
    t.equal(
      take(share, () => hostPair(1), 60),
      30,
    )
  },
)

t.test('a cap of one is enough for one', async (t) => {
  const share = new FairShare()
  t.ok(share.allows(streamRecord(), 1))
})
