import { packageFile } from './package-files.js'

/** The model that comes with firsteight. */
export const DEFAULT_MODEL_PATH = packageFile('models/default.model')
