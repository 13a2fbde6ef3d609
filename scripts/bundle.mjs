// The command line and its libraries in few files, for `npm run build`: a process that loads them starts in half the
// time and in 11 MiB less than one that loads hundreds of modules (docs/decisions/0076-bundled-program.md).
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Beside dist/core/, so that core/package-files.ts finds the package from both. */
const PROGRAM = 'dist/program'

const COMMON = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Names stay: errors and stack traces show them.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  // Native, and only there where it could be compiled.
  external: ['cap'],
  // For libraries in CommonJS that load modules of Node's.
  banner: {
    js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
  },
  logLevel: 'warning',
}

/** A file for each command, and for what several share; all of them anew, so that none stays behind. */
export async function bundleProgram() {
  rmSync(PROGRAM, { recursive: true, force: true })
  const { metafile } = await build({
    ...COMMON,
    entryPoints: ['dist/cli/main.js'],
    outdir: PROGRAM,
    splitting: true,
    metafile: true,
  })
  writeFileSync(join(PROGRAM, 'LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)))
}

/** What `npm run bench` compares with other programs: bundled like the command line. */
export async function bundleScoreProgram() {
  await build({
    ...COMMON,
    entryPoints: ['dist/bench/path/score-program.js'],
    outfile: 'dist/bench/score-program.js',
  })
}

/** The licenses of the libraries that these files come from. */
function licensesOf(paths) {
  const folders = new Set(paths.map(packageOf).filter((folder) => folder !== undefined))
  return [...folders]
    .sort()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** Folder of the library that has the file; undefined for ours. */
function packageOf(path) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8')}`
  return `${name} ${version}: ${license}\n${text}`
}
