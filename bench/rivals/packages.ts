import { spawn } from 'node:child_process'
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PACKAGE = join(ROOT, 'bench/rivals')
const INSTALLED = join(ROOT, 'node_modules/.cache/firsteight-rivals')
const FILES = ['package.json', 'package-lock.json']

/** How a person installs them. */
export const INSTALL_COMMAND = 'npm run bench -- --filter kernel, with the npm registry in reach'

/**
 * Installs the rivals' packages (bench/rivals/package.json) on first use, apart from the project, since they take
 * 360 MB; their install scripts, which download more, do not run.
 * @returns a `require` that finds them
 * @throws when npm fails
 */
export async function requireRivals(progress: (text: string) => void): Promise<NodeJS.Require> {
  if (!(await isCurrent())) {
    progress('installing onnxruntime-node and tfjs (360 MB) for this benchmark alone')
    const folder = `${INSTALLED}.${process.pid}`
    try {
      await mkdir(folder, { recursive: true })
      for (const file of FILES) await copyFile(join(PACKAGE, file), join(folder, file))
      await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder)
      await rm(INSTALLED, { recursive: true, force: true })
      await rename(folder, INSTALLED)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return createRequire(join(INSTALLED, 'package.json'))
}

/** Whether what is installed is what the lock file names: the folder gets its name when it is complete. */
async function isCurrent(): Promise<boolean> {
  const texts = [INSTALLED, PACKAGE].map((folder) => readFile(join(folder, 'package-lock.json'), 'utf8'))
  const [installed, wanted] = await Promise.all([texts[0]!.catch(() => undefined), texts[1]!])
  return installed === wanted
}

/** Runs a program with its output on standard error. */
function run(program: string, args: readonly string[], folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 2, 2] })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ${args[0]} ended with exit code ${code}`))
    })
  })
}
