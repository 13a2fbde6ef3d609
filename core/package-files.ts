import { fileURLToPath } from 'node:url'

/** Two folders up, both from `dist/core/` and from where the build puts the bundled program (scripts/bundle.mjs). */
const PACKAGE = new URL('../../', import.meta.url)

/**
 * The path of a file that comes with firsteight.
 * @param path from the package's folder on, such as `models/default.model`
 */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, PACKAGE))
}
