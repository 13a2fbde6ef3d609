import fc from 'fast-check'
import t from 'tap'
import { decodeCensusPart, encodeCensusPart, PART_PATTERNS } from '../../core/census-message.js'
import { FirsteightError } from '../../core/errors.js'
import { MAXIMUM_MESSAGE_BYTES } from '../../core/messages.js'
import { firsteight } from '../../generated/messages.js'
import { contextCensus, sampleCensus } from '../support/sample-census.js'

t.test('a census comes through', async (t) => {
  t.same(decodeCensusPart(encodeCensusPart(sampleCensus())), sampleCensus())
})

t.test('the fullest message is not too long', async (t) => {
  const patterns = Buffer.alloc(8 * PART_PATTERNS)
  for (let index = 0; index < PART_PATTERNS; index++) patterns.writeUInt32BE(index, 8 * index + 4)
  const counts = Array<number>(PART_PATTERNS).fill(Number.MAX_SAFE_INTEGER)
  const inputMask = Buffer.alloc(8, 255)
  const full = {
    context: 'udp-query',
    inputMask,
    patterns,
    counts,
    overflow: Number.MAX_SAFE_INTEGER,
  } as const
  const bytes = encodeCensusPart(sampleCensus({ contexts: [full] }))
  t.ok(bytes.length <= MAXIMUM_MESSAGE_BYTES, `${bytes.length}`)
})

t.test('hostile messages are refused by field', async (t) => {
  const mask = Buffer.from('0000ffffffffffff', 'hex')
  const context = (change: firsteight.v1.ContextCensus.$Properties) => ({
    contexts: [{ context: 1, inputMask: mask, patterns: Buffer.alloc(8), counts: [1], ...change }],
  })
  const refused: [change: firsteight.v1.Census.$Properties, field: string][] = [
    [{ header: null }, 'header'],
    [{ number: 0 }, 'number'],
    [{ part: 0 }, 'part'],
    [{ part: 2 }, 'part'],
    [{ parts: 9 }, 'parts'],
    [{ fromMicroseconds: 2 ** 52 }, 'from_microseconds'],
    [{ modelId: 'x' }, 'model_id'],
    [{ contexts: [...context({}).contexts, ...context({}).contexts] }, 'contexts'],
    [context({ context: 0 }), 'contexts.context'],
    [context({ context: 9 as never }), 'contexts.context'],
    [context({ inputMask: Buffer.alloc(7) }), 'contexts.input_mask'],
    [context({ patterns: Buffer.alloc(9) }), 'contexts.patterns'],
    [context({ patterns: Buffer.alloc(16), counts: [1] }), 'contexts.patterns'],
    [context({ patterns: Buffer.alloc(16), counts: [1, 1] }), 'contexts.patterns'],
    [context({ patterns: Buffer.from('0100000000000000', 'hex') }), 'contexts.patterns'],
    [context({ counts: [0] }), 'contexts.counts'],
    [context({ counts: [2 ** 53] }), 'contexts.counts'],
    [context({ counts: Array(PART_PATTERNS + 1).fill(1) }), 'contexts.counts'],
    [context({ overflow: 2 ** 53 }), 'contexts.overflow'],
  ]
  const wire = { ...sampleCensus(), contexts: [] }
  for (const [change, field] of refused) {
    const bytes = firsteight.v1.Census.encode({ ...wire, ...change }).finish()
    t.throws(() => decodeCensusPart(bytes), { code: 'MESSAGE_INVALID', details: { field } }, field)
  }
  t.doesNotThrow(() => decodeCensusPart(firsteight.v1.Census.encode({ ...wire, ...context({}) }).finish()))
})

t.test('truncated and mutated messages are read or refused, nothing else', async (t) => {
  const bytes = encodeCensusPart(
    sampleCensus({ contexts: [contextCensus('tcp-query', { '000001000001000f': 3 })] }),
  )
  const survives = (damaged: Uint8Array) => {
    try {
      decodeCensusPart(damaged)
    } catch (error) {
      if (!(error instanceof FirsteightError) || error.code !== 'MESSAGE_INVALID') throw error
    }
  }
  for (let length = 0; length < bytes.length; length++) survives(bytes.subarray(0, length))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const damaged = Uint8Array.from(bytes)
      damaged[at] = value
      survives(damaged)
    }),
    { numRuns: 2000 },
  )
  t.pass()
})
