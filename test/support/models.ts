import { randomUUID } from 'node:crypto'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { encodeModelFile, type ModelFile, readModelFile } from '../../core/model-file.js'
import { cutModel, DEFAULT_BOUNDS, encodeManifest, type ModelManifest } from '../../core/model-manifest.js'
import { type Statement, signStatement } from '../../core/signature/envelope.js'
import { EVERY_NODE } from '../../core/signature/target.js'
import { randomModel } from './random-model.js'
import type { TestKey } from './signing.js'

/** The model that comes with firsteight. */
export const shipped = await readModelFile(DEFAULT_MODEL_PATH)

/** The shipped model under another version: it finds the same. */
export function goodModel(version: number): ModelFile {
  return encodeModelFile({ ...shipped.model, version })
}

/** Alerts on nearly everything. */
export function badModel(version: number): ModelFile {
  const contexts = shipped.model.contexts.map((context) => ({ ...context, threshold: 1e-6 }))
  return encodeModelFile({ ...shipped.model, version, contexts })
}

/** 24 KB, and different for each version. */
export function smallModel(version: number, threshold = 63): ModelFile {
  const model = randomModel({ seed: version, hidden: 8 })
  for (const context of model.contexts!) context.threshold = threshold
  return encodeModelFile({ ...model, version })
}

/** Judged quickly. */
export const QUICK_BOUNDS = {
  ...DEFAULT_BOUNDS,
  minimumStreams: 20,
  shadowSeconds: 1,
  deadlineSeconds: 60,
  watchIntervals: 2,
}

export function testManifest(file: ModelFile, change: Partial<ModelManifest> = {}): ModelManifest {
  const { description } = cutModel(file)
  return {
    rolloutId: randomUUID(),
    stage: 'full',
    model: description,
    leave: undefined,
    share: 1,
    force: false,
    minimumVersion: 0,
    bounds: QUICK_BOUNDS,
    ...change,
  }
}

const HOUR = 3_600_000_000
let revision = Date.now()

/** Signed now, for every node, with a higher revision than the one before. */
export function signedManifest(
  key: TestKey,
  manifest: ModelManifest,
  change: Partial<Statement> = {},
): Uint8Array {
  const now = Date.now() * 1000
  return signStatement(
    {
      payloadType: 'firsteight.v1.ModelManifest',
      payload: encodeManifest(manifest),
      target: EVERY_NODE,
      revision: ++revision,
      notBefore: now - HOUR,
      expiresAt: now + HOUR,
      ...change,
    },
    key.signing,
  )
}
