import { contextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import { CALIBRATION_SETTINGS, calibrateModel } from '../calibrate/calibrate.js'
import type { CensusFile } from '../calibrate/read-census-file.js'
import type { TrainingInput } from './read-sources.js'
import { type TrainOptions, train } from './train.js'

/**
 * Trains a model once more from what its provenance says: same name, version, seed and settings; and calibrates it once
 * more where it was.
 * @param input the training data that the provenance names, in its order
 * @param attack what it was calibrated with; undefined when it was not
 * @throws FirsteightError TRAINING_DATA when the data is not what the provenance names, MODEL_UNSUPPORTED when the
 *   provenance is missing, lacks a setting or names a site, and those of `train`
 */
export async function retrain(
  file: ModelFile,
  input: TrainingInput,
  attack: CensusFile | undefined,
  options: Pick<TrainOptions, 'onProgress' | 'signal'> = {},
): Promise<ModelFile> {
  const { name, version, provenance } = file.model
  const sources = (provenance?.sources ?? []) as { name: string; sha256: string; role: string }[]
  const site = sources.find(({ role }) => role === 'site' || role === 'fine-tuning')
  if (site) {
    throw new FirsteightError('MODEL_UNSUPPORTED', `model ${name}: made for a site, from ${site.name}`, {
      hint: `Verify the model it was made from${provenance?.parentModelId ? `, ${provenance.parentModelId}` : ''}; then run \`firsteight calibrate\` again and compare the ids.`,
      details: { source: site.name },
    })
  }
  const named = sources.filter(({ role }) => role === 'training')
  if (named.length === 0) throw incomplete(name, 'provenance.sources', 'the data it was trained on')
  if (named.length !== input.sources.length) {
    throw otherData(
      `expected ${named.length} training sources as the model names them, got ${input.sources.length}`,
    )
  }
  named.forEach((source, index) => {
    checkSame(source, input.sources[index]!)
  })
  const calibratedWith = sources.find(({ role }) => role === 'attack')
  if ((calibratedWith === undefined) !== (attack === undefined)) {
    throw otherData(
      calibratedWith
        ? `the model was calibrated with ${calibratedWith.name}: give that file, too`
        : 'the model was not calibrated with any attack file',
    )
  }
  if (calibratedWith && attack) checkSame(calibratedWith, attack)
  const recorded = new Map(provenance?.settings?.map((setting) => [setting.name, setting.value]))
  const number = (setting: string) => {
    const value = Number(recorded.get(setting) || Number.NaN)
    if (Number.isNaN(value)) throw incomplete(name, `provenance.settings.${setting}`, 'a number')
    return value
  }
  const wholeNumber = (setting: string) => {
    const value = number(setting)
    if (!Number.isSafeInteger(value))
      throw incomplete(name, `provenance.settings.${setting}`, 'a whole number')
    return value
  }
  const trained = await train(input, {
    name,
    version,
    seed: provenance?.seed ?? 0,
    hidden: wholeNumber('hidden'),
    bottleneck: wholeNumber('bottleneck'),
    epochs: wholeNumber('epochs'),
    ...options,
  })
  if (!attack) return trained
  return calibrateModel(trained, attack, {
    falseAlarmsPerMillion: number(CALIBRATION_SETTINGS.falseAlarmsPerMillion),
    confidence: number(CALIBRATION_SETTINGS.confidence),
    requiredPrecision: number(CALIBRATION_SETTINGS.requiredPrecision),
  })
}

type NamedSource = Pick<CensusFile, 'name' | 'sha256'>

function checkSame(named: NamedSource, given: NamedSource): void {
  if (given.sha256 === named.sha256) return
  throw otherData(`${given.name}: SHA-256 ${given.sha256}, the model names ${named.name}, ${named.sha256}`)
}

/** Where two models differ, by field, each once; empty when their bytes are equal. */
export function differences(left: ModelFile, right: ModelFile): string[] {
  if (left.id === right.id) return []
  const found = [
    ...differingFields('', withoutContexts(left), withoutContexts(right)),
    ...[...new Set([...left.byContext.keys(), ...right.byContext.keys()])].flatMap((context) =>
      differingFields(`${context}: `, left.byContext.get(context) ?? {}, right.byContext.get(context) ?? {}),
    ),
  ]
  return found.length > 0 ? found : ['encoding']
}

function withoutContexts({ model }: ModelFile): object {
  const { contexts, provenance, ...rest } = model
  const settings = Object.fromEntries(
    (provenance?.settings ?? []).map((setting) => [`setting ${setting.name}`, setting.value]),
  )
  return {
    ...rest,
    ...provenance,
    settings: undefined,
    ...settings,
    order: contexts.map(({ context }) => contextName(context)),
  }
}

function differingFields(prefix: string, left: object, right: object): string[] {
  const fields = new Set([...Object.keys(left), ...Object.keys(right)])
  const text = (object: object, field: string) => JSON.stringify((object as Record<string, unknown>)[field])
  return [...fields]
    .filter((field) => text(left, field) !== text(right, field))
    .map((field) => prefix + field)
}

function incomplete(name: string, field: string, expected: string): FirsteightError {
  return new FirsteightError('MODEL_UNSUPPORTED', `model ${name}: ${field}: expected ${expected}`, {
    hint: 'Only models that `firsteight train` made can be trained again.',
    details: { field },
  })
}

function otherData(message: string): FirsteightError {
  return new FirsteightError('TRAINING_DATA', message, {
    hint: 'Give the files that `firsteight inspect` lists, unchanged and in its order.',
  })
}
