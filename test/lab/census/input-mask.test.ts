import t from 'tap'
import { BitStatistics, findInputMask } from '../../../lab/census/input-mask.js'
import { seededRandom } from '../../support/random-model.js'

const FLAG_PATTERNS = ['0100000100000000', '0120000100000000', '8180000100010000', '8183000100000000'].map(
  (hex) => Buffer.from(hex, 'hex'),
)

/** Streams of a made-up protocol: two bytes of ID, then one of four patterns. */
function statisticsOf(count: number, id: (index: number) => number, seed: number): BitStatistics {
  const random = seededRandom(seed)
  const statistics = new BitStatistics()
  for (let index = 0; index < count; index++) {
    const bytes = new Uint8Array(8)
    bytes.set(FLAG_PATTERNS[Math.floor(random() ** 2 * 4)]!.subarray(0, 6), 2)
    const value = id(index)
    bytes[0] = value >> 8
    bytes[1] = value & 255
    statistics.add(bytes)
  }
  return statistics
}

function randomIds(seed: number): () => number {
  const random = seededRandom(seed)
  return () => Math.floor(random() * 65536)
}

const hex = (mask: Uint8Array) => Buffer.from(mask).toString('hex')
const ID_MASKED = '0000ffffffffffff'

t.test('random bits are masked out, patterned ones stay', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    for (const count of [200, 2000, 20000]) {
      const mask = findInputMask([statisticsOf(count, randomIds(seed), seed + 100)])
      if (hex(mask) !== ID_MASKED) t.fail(`seed ${seed}, ${count} streams: ${hex(mask)}`)
    }
  }
  t.pass('20 seeds, three sizes')
})

t.test('retransmissions do not make random bits look patterned', async (t) => {
  const random = seededRandom(5)
  const repeated = new BitStatistics()
  for (let stream = 0; stream < 500; stream++) {
    const bytes = Uint8Array.from([random() * 256, random() * 256, 1, 0, 0, 1, 0, 0])
    const copies = stream < 5 ? 400 : 1
    for (let copy = 0; copy < copies; copy++) repeated.add(bytes)
  }
  t.ok(repeated.streams <= 500)
  t.equal(hex(findInputMask([repeated])), ID_MASKED)
})

t.test('one program that counts its IDs upwards does not decide for all', async (t) => {
  const counting = statisticsOf(1000, (index) => index, 8)
  t.notSame(hex(findInputMask([counting])), ID_MASKED)
  const others = [1, 2].map((seed) => statisticsOf(1000, randomIds(seed), seed + 50))
  t.equal(hex(findInputMask([counting, ...others])), ID_MASKED)
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
  t.equal(hex(findInputMask([statistics])), '0000ffff00000000')
})

t.test('programs with few streams are judged together; too few in all mask nothing out', async (t) => {
  const few = [1, 2, 3, 4, 5].map((seed) => statisticsOf(60, randomIds(seed), seed + 50))
  t.equal(hex(findInputMask(few)), ID_MASKED)
  t.equal(hex(findInputMask(few.slice(0, 1))), 'ffffffffffffffff')
  t.equal(hex(findInputMask([])), 'ffffffffffffffff')
})
