import { createRequire } from 'node:module'

/** The YAML library, loaded when a file is read: an agent that needs none is spared its 3 MB. */
export function yaml(): typeof import('yaml') {
  return createRequire(import.meta.url)('yaml')
}
