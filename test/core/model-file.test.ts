import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { FirsteightError } from '../../core/errors.js'
import { decodeModelFile, encodeModelFile, MODEL_FILE_LIMIT, readModelFile } from '../../core/model-file.js'
import { firsteight } from '../../generated/messages.js'
import { randomModel } from '../support/random-model.js'

const { Model } = firsteight.v1
const small = encodeModelFile(randomModel({ seed: 1, contexts: ['udp-query'], hidden: 8 }))

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'none'
  } catch (error) {
    if (!(error instanceof FirsteightError)) throw error
    return error.code
  }
}

t.test('a model survives encoding and decoding, and its id is the SHA-256 of its bytes', async (t) => {
  const file = encodeModelFile(randomModel({ seed: 2 }))
  const again = decodeModelFile(file.bytes, 'again')
  t.same(again.bytes, file.bytes)
  t.equal(again.id, createHash('sha256').update(file.bytes).digest('hex'))
  t.same([...again.byContext.keys()], ['udp-query', 'udp-response', 'tcp-query', 'tcp-response'])
  t.equal(again.byContext.get('tcp-query')!.layers.length, 4)
  t.same(encodeModelFile(again.model).bytes, file.bytes)
})

t.test('explicitly set default values encode like absent ones', async (t) => {
  const properties = randomModel({ seed: 3 })
  const absent = encodeModelFile(properties)
  const explicit = encodeModelFile({
    ...properties,
    contexts: properties.contexts!.map((context) => ({
      ...context,
      heldOutStreams: 0,
      highestTrainingLoss: 0,
    })),
  })
  t.equal(explicit.id, absent.id)
})

t.test('every truncation is corrupt or, where a field ends, invalid', async (t) => {
  for (let length = 0; length < small.bytes.length; length++) {
    const code = codeOf(() => decodeModelFile(small.bytes.subarray(0, length), 'cut'))
    if (!/^MODEL_/.test(code)) t.fail(`cut at ${length}: ${code}`)
  }
})

t.test('mutations and garbage give a model error or a valid model, never anything else', async () => {
  const position = fc.nat(small.bytes.length - 1)
  fc.assert(
    fc.property(fc.array(fc.tuple(position, fc.nat(255)), { minLength: 1, maxLength: 8 }), (changes) => {
      const bytes = Uint8Array.from(small.bytes)
      for (const [offset, value] of changes) bytes[offset] = value
      checkOutcome(bytes)
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(position, fc.uint8Array({ maxLength: 40 }), fc.nat(40), (offset, inserted, removed) => {
      const { bytes } = small
      checkOutcome(Buffer.concat([bytes.subarray(0, offset), inserted, bytes.subarray(offset + removed)]))
    }),
    { numRuns: 2000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), checkOutcome), { numRuns: 2000 })
})

function checkOutcome(bytes: Uint8Array): void {
  let file: ReturnType<typeof decodeModelFile>
  try {
    file = decodeModelFile(bytes, 'mutated')
  } catch (error) {
    if (error instanceof FirsteightError && /^MODEL_/.test(error.code)) return
    throw error
  }
  if (encodeModelFile(file.model).id !== file.id) throw new Error('accepted a model that encodes differently')
}

t.test('bytes that are not canonical are refused with the offset', async (t) => {
  const unknownField = Buffer.concat([small.bytes, Uint8Array.of(0xf8, 0x01, 0x01)])
  t.throws(() => decodeModelFile(unknownField, 'x.model'), {
    code: 'MODEL_CORRUPT',
    message: /^x\.model: .*offset \d+.*canonical/,
    details: { file: 'x.model', offset: small.bytes.length },
  })
  const repeated = Buffer.concat([Uint8Array.of(0x08, 0x01), small.bytes])
  t.throws(() => decodeModelFile(repeated, 'x.model'), { code: 'MODEL_CORRUPT' })
  t.throws(() => decodeModelFile(small.bytes.subarray(0, 100), 'x.model'), {
    code: 'MODEL_CORRUPT',
    details: { file: 'x.model' },
  })
})

t.test(
  'another schema version is unsupported, even with fields that this version does not know',
  async (t) => {
    const bytes = Buffer.concat([
      Model.encode({ ...small.model, schemaVersion: 2 }).finish(),
      Uint8Array.of(0xf8, 0x01, 0x01),
    ])
    t.throws(() => decodeModelFile(bytes, 'new.model'), {
      code: 'MODEL_UNSUPPORTED',
      message: /schema version 2/,
    })
  },
)

t.test('over-long files are refused unread', async (t) => {
  const path = join(t.testdir(), 'long.model')
  await writeFile(path, new Uint8Array(MODEL_FILE_LIMIT + 1))
  await t.rejects(readModelFile(path), { code: 'MODEL_INVALID', message: /at most 1048576/ })
  t.throws(() => decodeModelFile(new Uint8Array(MODEL_FILE_LIMIT + 1), 'x'), { code: 'MODEL_INVALID' })
})

t.test('files: read, missing, unreadable', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'small.model')
  await writeFile(path, small.bytes)
  t.equal((await readModelFile(path)).id, small.id)
  await t.rejects(readModelFile(join(folder, 'none.model')), {
    code: 'MODEL_MISSING',
    message: /none\.model/,
  })
  await t.rejects(readModelFile(folder), { code: 'FILE_UNREADABLE' })
})
