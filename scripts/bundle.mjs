// The command line and its libraries in few files, for `npm run build`: a process that loads them starts in half the
// time and in 11 MiB less than one that loads hundreds of modules (docs/decisions/0076-bundled-program.md).
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
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

/**
 * A file for each command, and for what several share. A file that is as it was stays, and a new one takes its place
 * whole, so that a build does not disturb a program that runs; what is no longer made goes last.
 */
export async function bundleProgram() {
  const { metafile, outputFiles } = await build({
    ...COMMON,
    entryPoints: ['dist/cli/main.js'],
    outdir: PROGRAM,
    splitting: true,
    metafile: true,
    write: false,
  })
  mkdirSync(PROGRAM, { recursive: true })
  const made = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
  made.set('LICENSES.txt', Buffer.from(licensesOf(Object.keys(metafile.inputs))))
  for (const [name, contents] of made) put(join(PROGRAM, name), contents)
  for (const name of readdirSync(PROGRAM)) {
    if (!made.has(name)) rmSync(join(PROGRAM, name), { force: true })
  }
}

function put(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  // Beside the folder: a build that runs at the same time deletes what it did not make.
  const part = `${PROGRAM}.${basename(path)}.${process.pid}`
  writeFileSync(part, contents)
  renameSync(part, path)
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
