import { readFileSync } from 'node:fs'
import { packageFile } from './package-files.js'

/** The package's version, such as `0.1.0`; stands in models' provenance and in status messages. */
export const VERSION: string = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version
