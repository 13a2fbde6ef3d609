import t from 'tap'
import { BitStatistics } from '../../../lab/census/input-mask.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'

const TAILS = ['010000010000', '012000010000', '818000010001', '818300010000', '850000010003'].map((hex) =>
  Buffer.from(hex, 'hex'),
)

/** Streams of a made-up protocol: two bytes of ID, then one of five patterns. */
function addStreams(
  statistics: BitStatistics,
  count: number,
  id: (index: number) => number,
  seed: number,
): void {
  const random = seededRandom(seed)
  for (let index = 0; index < count; index++) {
    const value = id(index)
    statistics.add(
      Uint8Array.of(value >> 8, value & 255, ...TAILS[Math.floor(random() ** 2 * TAILS.length)]!),
    )
  }
}

function randomIds(seed: number): () => number {
  const random = seededRandom(seed)
  return () => Math.floor(random() * 65536)
}

function maskOf(...parts: [count: number, id: (index: number) => number, seed: number][]): string {
  const statistics = new BitStatistics()
  for (const part of parts) addStreams(statistics, ...part)
  return Buffer.from(statistics.inputMask([])).toString('hex')
}

const ID_MASKED = '0000ffffffffffff'

t.test('random bits are masked out, patterned ones stay', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    for (const count of [400, 2000, 20000]) t.equal(maskOf([count, randomIds(seed), seed + 100]), ID_MASKED)
  }
})

t.test('clients that count their IDs upwards do not hide that others draw them', async (t) => {
  t.equal(maskOf([2000, randomIds(1), 2], [1000, (index) => index, 3]), ID_MASKED)
  t.equal(
    maskOf([1000, (index) => index, 4], [2000, randomIds(5), 6], [1000, (index) => 30000 + index, 7]),
    ID_MASKED,
  )
})

t.test('retransmissions do not make random bits look patterned', async (t) => {
  const random = seededRandom(8)
  const statistics = new BitStatistics()
  const often = Array.from({ length: 3 }, () => Uint8Array.from({ length: 8 }, () => random() * 256))
  for (let stream = 0; stream < 1000; stream++) {
    statistics.add(Uint8Array.of(random() * 256, random() * 256, 1, 0, 0, 1, 0, 0))
    statistics.add(often[stream % 3]!)
  }
  t.equal(Buffer.from(statistics.inputMask([])).toString('hex'), ID_MASKED)
})

t.test('a balanced bit that another bit follows is kept', async (t) => {
  const random = seededRandom(9)
  const statistics = new BitStatistics()
  for (let index = 0; index < 4000; index++) {
    const coin = random() < 0.5
    const bytes = Uint8Array.from({ length: 8 }, () => Math.floor(random() * 256))
    bytes[2] = coin ? 0x80 : 0
    bytes[3] = coin !== random() < 0.05 ? 0x01 : 0
    statistics.add(bytes)
  }
  t.equal(Buffer.from(statistics.inputMask([])).toString('hex'), '0000ffff00000000')
})

t.test('with few streams nothing is masked out', async (t) => {
  t.equal(maskOf([100, randomIds(10), 11]), 'ffffffffffffffff')
  t.equal(maskOf(), 'ffffffffffffffff')
})

t.test('a flag that every second client sets is no random bit', async (t) => {
  const all = new BitStatistics()
  const captures = [0, 1, 0, 1, 0, 1].map((flag, client) => {
    const random = seededRandom(client + 1)
    const alone = new BitStatistics()
    for (let stream = 0; stream < 600; stream++) {
      const bytes = Uint8Array.of(random() * 256, random() * 256, 1, flag, 0, 1, 0, 0)
      all.add(bytes)
      alone.add(bytes)
    }
    return alone.balancedBits()
  })
  t.equal(Buffer.from(all.inputMask([])).toString('hex'), '0000fffeffffffff', 'all together it looks random')
  t.equal(Buffer.from(all.inputMask(captures)).toString('hex'), ID_MASKED)
  t.equal(new BitStatistics().balancedBits(), undefined, 'no streams, no word')
})
