import type { Test } from 'tap'
import { CONTEXT_NAMES, contextName } from '../../core/contexts.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { BOTTLENECK_WIDTHS, HIDDEN_WIDTHS } from '../../core/model-rules.js'
import type { firsteight } from '../../generated/messages.js'
import { seededRandom } from '../../lab/evaluate/statistics.js'
import { type RandomModelOptions, randomModel } from '../support/random-model.js'
import { IntegerNetwork, type Score } from './integer.js'

/** Something that scores eight bytes: the reference itself, or one of the kernel's builds. */
export interface ScorerUnderTest {
  name: string
  load(model: ModelFile): void | Promise<void>
  /** @param contextIndex index into CONTEXT_NAMES */
  score(contextIndex: number, bytes: Uint8Array): Score
}

type TestGroup = Pick<Test, 'test'>

/** Runs every case of the deployed network's definition: all scorers must agree with the reference to the last bit. */
export function runScoringSuite(t: TestGroup, scorer: ScorerUnderTest): void {
  t.test(`${scorer.name}: every shape`, async (t) => {
    for (const hidden of HIDDEN_WIDTHS) {
      for (const bottleneck of BOTTLENECK_WIDTHS) {
        await compare(t, scorer, { seed: hidden * 100 + bottleneck, hidden, bottleneck }, 200)
      }
    }
  })

  t.test(`${scorer.name}: small, large and saturating weights`, async (t) => {
    for (const magnitude of [0, 0.001, 0.05, 1, 2, 3.9]) {
      await compare(t, scorer, { seed: 31, magnitude, bottleneck: 16 }, 300)
    }
  })

  t.test(`${scorer.name}: input masks`, async (t) => {
    const masks = [
      'ffffffffffffffff',
      '0000ffffffffffff',
      'ffff0000ffffffff',
      '00000000000000ff',
      'a5005aff010080ff',
    ]
    for (const mask of masks) {
      await compare(t, scorer, { seed: 47, inputMask: Uint8Array.from(Buffer.from(mask, 'hex')) }, 200)
    }
  })

  t.test(`${scorer.name}: weights and biases at the edge of their range`, async (t) => {
    const properties = randomModel({ seed: 53 })
    for (const context of properties.contexts!) {
      for (const [index, layer] of context.layers!.entries()) {
        if (index > 0) layer.weights = layer.weights!.map((weight) => (weight > 0 ? 16 : -16))
        layer.biases = layer.biases!.map((bias) => (bias > 0 ? 16 : -16))
      }
    }
    await compareModel(t, scorer, encodeModelFile(properties), 300, 59)
  })

  t.test(`${scorer.name}: a loss worked out by hand`, async (t) => {
    // Without weights the output is the bias, 0.5 everywhere: a set bit errs by 0.5, a clear one by 1.5.
    const properties = randomModel({ seed: 67, magnitude: 0 })
    const context = properties.contexts![0]!
    context.layers![3]!.biases = context.layers![3]!.biases!.map(() => 0.5)
    context.lossWeights = context.lossWeights!.map((_, bit) => (bit < 16 ? 0 : 1))
    await scorer.load(encodeModelFile(properties))
    const score = scorer.score(0, Uint8Array.of(0, 0, 255, 255, 255, 255, 0, 0))
    // 32 set bits and 16 clear ones: r = 32767, s = (512 * 32767 + 16384) >> 15 = 512 and -1536.
    t.equal(score.lossUnits, 32 * 512 ** 2 + 16 * 1536 ** 2)
    t.same([...score.reconstructed], [255, 255, 255, 255, 255, 255, 255, 255])
  })
}

async function compare(
  t: Test,
  scorer: ScorerUnderTest,
  options: RandomModelOptions,
  inputs: number,
): Promise<void> {
  await compareModel(t, scorer, encodeModelFile(randomModel(options)), inputs, options.seed)
}

async function compareModel(
  t: Test,
  scorer: ScorerUnderTest,
  model: ModelFile,
  inputs: number,
  seed: number,
): Promise<void> {
  await scorer.load(model)
  const random = seededRandom(seed)
  for (const context of model.model.contexts as firsteight.v1.ContextModel[]) {
    const index = CONTEXT_NAMES.indexOf(contextName(context.context)!)
    const reference = new IntegerNetwork(context)
    for (const bytes of sampleInputs(inputs, random)) {
      const expected = reference.score(bytes)
      const actual = scorer.score(index, bytes)
      if (
        actual.lossUnits === expected.lossUnits &&
        Buffer.compare(actual.reconstructed, expected.reconstructed) === 0
      )
        continue
      t.same(actual, expected, `context ${index}, bytes ${Buffer.from(bytes).toString('hex')}`)
      return
    }
  }
  t.pass(`${model.model.contexts.length} contexts agree`)
}

/** All zero, all one, each single bit, then random bytes. */
function* sampleInputs(count: number, random: () => number): Generator<Uint8Array> {
  yield new Uint8Array(8)
  yield new Uint8Array(8).fill(255)
  for (let bit = 0; bit < 64; bit++) {
    const bytes = new Uint8Array(8)
    bytes[bit >> 3] = 0x80 >> (bit & 7)
    yield bytes
  }
  for (let index = 0; index < count; index++) yield Uint8Array.from({ length: 8 }, () => random() * 256)
}
