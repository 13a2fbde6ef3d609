import { fileURLToPath } from 'node:url'

/** The model that comes with firsteight. */
export const DEFAULT_MODEL_PATH = fileURLToPath(new URL('../../models/default.model', import.meta.url))
