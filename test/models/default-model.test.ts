import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { Kernel } from '../../core/kernel.js'
import { readModelFile } from '../../core/model-file.js'
import type { CensusRow } from '../../lab/census/census.js'
import { parseCensus } from '../../lab/census/read-census.js'
import { randomInputs } from '../../lab/train/threshold.js'

const CENSUS = 'lab/census/clean.census.tsv'

t.test('the default model was trained on the committed census', async (t) => {
  const { model } = await readModelFile('models/default.model')
  const sha256 = createHash('sha256')
    .update(await readFile(CENSUS))
    .digest('hex')
  t.match(model.provenance!.sources, [{ name: 'clean.census.tsv', sha256, role: 'training' }])
  t.match(await readFile('models/README.md', 'utf8'), (await readModelFile('models/default.model')).id)
})

t.test('the default model passes clean patterns, and flags random bytes', async (t) => {
  const file = await readModelFile('models/default.model')
  const census = parseCensus(await readFile(CENSUS, 'utf8'), CENSUS)
  const kernel = await Kernel.load()
  kernel.loadModel(file)
  const streams = (rows: readonly CensusRow[]) => rows.reduce((sum, { count }) => sum + count, 0)
  const allFlagged: CensusRow[] = []
  for (const context of CONTEXT_NAMES) {
    const limit = Math.floor(file.byContext.get(context)!.threshold * 2 ** 26)
    const rows = census.rows.filter((row) => row.context === context)
    const flagged = rows.filter(
      (row) => kernel.score(context, Buffer.from(row.pattern, 'hex')).lossUnits > limit,
    )
    t.ok(rows.length > 100)
    allFlagged.push(...flagged)
    const passed = randomInputs(100_000, 7).filter((bytes) => kernel.score(context, bytes).lossUnits <= limit)
    t.ok(passed.length < 10, `${context}: ${passed.length} of 100,000 random inputs pass`)
  }
  t.ok(
    streams(allFlagged) <= 1e-5 * streams(census.rows),
    `${streams(allFlagged)} of ${streams(census.rows)} clean streams flagged`,
  )
})

t.test(
  'the input mask that training found: the ID, and in TCP responses the low bits of the length',
  async (t) => {
    const { byContext } = await readModelFile('models/default.model')
    const masks = CONTEXT_NAMES.map((name) => Buffer.from(byContext.get(name)!.inputMask).toString('hex'))
    t.same(masks, ['0000ffffffffffff', '0000ffffffffffff', 'ffff0000ffffffff', 'ffc00000ffffffff'])
  },
)

t.test('what is not DNS but goes to port 53 is flagged', async (t) => {
  const file = await readModelFile('models/default.model')
  const kernel = await Kernel.load()
  kernel.loadModel(file)
  for (const [context, start] of [
    ['tcp-query', 'SSH-2.0-'],
    ['tcp-response', 'SSH-2.0-'],
    ['tcp-query', 'GET / HT'],
    ['tcp-response', 'HTTP/1.1'],
    ['tcp-query', '\x16\x03\x01\x02\x00\x01\x00\x01'],
    ['tcp-query', 'whoami\nu'],
    ['udp-query', '\x01\x00\x00\x00\x12\x34\x56\x78'],
    ['udp-query', '\x00\x00\x00\x00\x00\x00\x00\x00'],
    ['udp-response', '\x00\x00\x00\x00\x00\x00\x00\x00'],
    ['udp-query', '\xff\xff\xff\xff\xff\xff\xff\xff'],
    ['udp-response', '\xff\xff\xff\xff\xff\xff\xff\xff'],
  ] as const) {
    const { lossUnits } = kernel.score(context, Buffer.from(start, 'latin1'))
    t.ok(lossUnits / 2 ** 26 > file.byContext.get(context)!.threshold, `${context} ${JSON.stringify(start)}`)
  }
})

/** Starts of a TLS record with a hello in it: alone in its record, or first of several messages (RFC 8446 sections 4 and 5.1). */
function tlsOpenings(helloType: 1 | 2): Uint8Array[] {
  const openings: Uint8Array[] = []
  for (const minorVersion of [1, 3]) {
    for (let length = 6; length <= 16_384; length++) {
      const record = [22, 3, minorVersion, length >> 8, length & 255, helloType]
      openings.push(Uint8Array.of(...record, 0, (length - 4) >> 8))
      if (length > 200) openings.push(Uint8Array.of(...record, 0, 0))
    }
  }
  return openings
}

t.test('TLS openings of every length: none passes, of a client or of a server', async (t) => {
  const file = await readModelFile('models/default.model')
  const kernel = await Kernel.load()
  kernel.loadModel(file)
  const passing = (context: 'tcp-query' | 'tcp-response', openings: Uint8Array[]) => {
    const limit = file.byContext.get(context)!.threshold * 2 ** 26
    return openings.filter((bytes) => kernel.score(context, bytes).lossUnits <= limit).length
  }
  t.equal(passing('tcp-query', tlsOpenings(1)), 0)
  t.equal(passing('tcp-response', tlsOpenings(2)), 0)
})
