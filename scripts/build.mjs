// Builds what is older than its sources: `npm run build`. Sources, commands and outputs of each step stand here.
// With --shipped, without what only tests use: installing is quicker.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { bundleProgram, bundleScoreProgram } from './bundle.mjs'

const run = (program, ...args) =>
  execFileSync(join('node_modules', '.bin', program), args, { stdio: 'inherit' })
const INLINE = './scripts/inline.mjs'
const asc = (entry, target) => () => run('asc', entry, '--target', target, '--transform', INLINE)

const PBJS = [
  '-t',
  'static-module',
  '-w',
  'esm',
  '--force-number',
  '--no-delimited',
  '--no-typeurl',
  '--no-service',
  '--no-verify',
  '--dependency',
  '../core/protobuf.js',
]

const SHIPPED = process.argv.includes('--shipped')
const KERNELS = SHIPPED ? ['scalar', 'simd'] : ['debug', 'scalar', 'simd']

/**
 * Protobuf sources to `generated/NAME.js` with its types, and a copy beside the compiled code: without the comments,
 * half of it, because Node keeps the source of what it runs in memory.
 */
function protobuf(name, source) {
  const [code, types, deployed] = [
    `generated/${name}.js`,
    `generated/${name}.d.ts`,
    `dist/generated/${name}.js`,
  ]
  return {
    sources: [source, 'package-lock.json'],
    outputs: [code, types, deployed],
    build() {
      run('pbjs', ...PBJS, '-r', name, '-d', '-o', code, ...files(source))
      const compilerOptions = { removeComments: true, target: 'ESNext', module: 'ESNext' }
      writeFileSync(deployed, ts.transpileModule(readFileSync(code, 'utf8'), { compilerOptions }).outputText)
    },
  }
}

/** The configuration's schema as a function that checks: the compiler of schemas stays out of the agent's memory. */
async function settingsCheck() {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const { default: standalone } = await import('ajv/dist/standalone/index.js')
  const ajv = new Ajv2020({ allErrors: true, strict: true, code: { source: true } })
  ajv.addVocabulary(['x-unit', 'x-expected', 'x-restart', 'x-fleet'])
  const check = ajv.compile(JSON.parse(readFileSync('agent/config.schema.json', 'utf8')))
  writeFileSync('dist/generated/check-settings.cjs', standalone.default(ajv, check))
  writeFileSync(
    'generated/check-settings.d.cts',
    "import type { ValidateFunction } from 'ajv'\ndeclare const check: ValidateFunction\nexport = check\n",
  )
}

const STEPS = [
  protobuf('messages', 'proto'),
  protobuf('onnx', 'lab/onnx/onnx.proto'),
  ...KERNELS.map((target) => ({
    sources: ['assembly', 'asconfig.json', INLINE, 'package-lock.json'],
    outputs: [`dist/wasm/kernel.${target}.wasm`],
    build: asc('assembly/index.ts', target),
  })),
  {
    sources: ['assembly/train', 'asconfig.json', INLINE, 'package-lock.json'],
    outputs: ['dist/wasm/train.wasm'],
    build: asc('assembly/train/index.ts', 'train'),
  },
  {
    sources: ['agent/config.schema.json'],
    outputs: ['dist/agent/config.schema.json'],
    build: () => copyFileSync('agent/config.schema.json', 'dist/agent/config.schema.json'),
  },
  {
    sources: ['agent/config.schema.json', 'package-lock.json'],
    outputs: ['generated/check-settings.d.cts', 'dist/generated/check-settings.cjs'],
    build: settingsCheck,
  },
  // The compiler keeps account of its own sources, and the bundler is quick.
  { sources: [], outputs: [], build: () => run('tsc', '-p', '.') },
  { sources: [], outputs: [], build: bundleProgram },
  ...(SHIPPED ? [] : [{ sources: [], outputs: [], build: bundleScoreProgram }]),
]

function files(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => files(join(path, name)))
}

function isCurrent({ sources, outputs }) {
  if (outputs.length === 0 || !outputs.every(existsSync)) return false
  const oldest = Math.min(...outputs.map((output) => statSync(output).mtimeMs))
  return sources.flatMap(files).every((source) => statSync(source).mtimeMs <= oldest)
}

try {
  for (const step of STEPS) {
    if (isCurrent(step)) continue
    for (const output of step.outputs) mkdirSync(join(output, '..'), { recursive: true })
    await step.build()
  }
} catch (error) {
  // The program that failed has said why.
  process.exitCode = error.status ?? 1
  if (error.status === undefined) console.error(error.message)
}
