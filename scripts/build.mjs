// Builds what is older than its sources: `npm run build`. Sources, commands and outputs of each step stand here.
// With --shipped, without what only tests use: installing is quicker.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const run = (program, ...args) =>
  execFileSync(join('node_modules', '.bin', program), args, { stdio: 'inherit' })
const asc = (entry, target) => () => run('asc', entry, '--target', target)

const PBJS = [
  '-t',
  'static-module',
  '-w',
  'esm',
  '--force-number',
  '--no-delimited',
  '--no-typeurl',
  '--no-service',
  '--dependency',
  '../core/protobuf.js',
]

const KERNELS = process.argv.includes('--shipped') ? ['scalar', 'simd'] : ['debug', 'scalar', 'simd']

/** Protobuf sources to `generated/NAME.js` with its types, and a copy beside the compiled code. */
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
      copyFileSync(code, deployed)
    },
  }
}

const STEPS = [
  protobuf('messages', 'proto'),
  protobuf('onnx', 'lab/onnx/onnx.proto'),
  ...KERNELS.map((target) => ({
    sources: ['assembly', 'asconfig.json', 'package-lock.json'],
    outputs: [`dist/wasm/kernel.${target}.wasm`],
    build: asc('assembly/index.ts', target),
  })),
  {
    sources: ['assembly/train', 'asconfig.json', 'package-lock.json'],
    outputs: ['dist/wasm/train.wasm'],
    build: asc('assembly/train/index.ts', 'train'),
  },
  {
    sources: ['agent/config.schema.json'],
    outputs: ['dist/agent/config.schema.json'],
    build: () => copyFileSync('agent/config.schema.json', 'dist/agent/config.schema.json'),
  },
  // The compiler keeps account of its own sources.
  { sources: [], outputs: [], build: () => run('tsc', '-p', '.') },
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
    step.build()
  }
} catch (error) {
  // The program that failed has said why.
  process.exitCode = error.status ?? 1
  if (error.status === undefined) console.error(error.message)
}
