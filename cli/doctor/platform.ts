import { readFileSync } from 'node:fs'
import { hasSimd, Kernel, type KernelBuild } from '../../core/kernel.js'
import { packageFile } from '../../core/package-files.js'
import { type Check, type Finding, failed, ok, warning } from './check.js'
import { outputOf } from './program.js'

/** End of life of the supported Node.js releases, https://github.com/nodejs/Release. */
const END_OF_LIFE: Readonly<Record<number, string>> = { 20: '2026-04-30', 22: '2027-04-30', 24: '2028-04-30' }
/** firsteight is younger than this; a clock before it is wrong. */
const EARLIEST_YEAR = 2026
const LATEST_YEAR = 2100
/** STA_UNSYNC, adjtimex(2). */
const UNSYNCHRONISED = 0x40

export function nodeCheck(version = process.versions.node, today = new Date()): Check {
  return {
    name: 'node',
    look: () => {
      const { engines } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
        engines: { node: string }
      }
      if (!inRange(version, engines.node)) {
        return failed(`Node.js ${version} is not supported`, `Install Node.js ${engines.node}`)
      }
      const end = END_OF_LIFE[Number.parseInt(version, 10)]
      if (end !== undefined && today > new Date(end)) {
        return warning(`Node.js ${version} runs, but is past its end of life (${end})`, 'Install Node.js 24')
      }
      return ok(`Node.js ${version}`)
    },
  }
}

export function kernelCheck(build: KernelBuild | 'best'): Check {
  return {
    name: 'kernel',
    look: async () => {
      const kernel = await Kernel.load({ build })
      if (kernel.build === 'scalar' && !hasSimd()) {
        return warning(
          'no WebAssembly SIMD here: the scalar kernel scores, with the same losses, more slowly',
          'Use a processor with SSE4.1 or NEON, and no Node.js option that turns SIMD off',
        )
      }
      return ok(`the ${kernel.build} kernel loads`)
    },
  }
}

export function clockCheck(now: () => Date = () => new Date()): Check {
  return {
    name: 'clock',
    look: async () => {
      const year = now().getUTCFullYear()
      if (year < EARLIEST_YEAR || year > LATEST_YEAR) {
        return failed(`the clock says ${now().toISOString()}`, 'Set it: timedatectl set-ntp true')
      }
      return (await synchronisation()) ?? unknownSynchronisation()
    },
  }
}

async function synchronisation(): Promise<Finding | undefined> {
  const systemd = (await outputOf('timedatectl', 'show', '--property=NTPSynchronized', '--value'))?.trim()
  const kernel = /status: +(\d+)/.exec((await outputOf('adjtimex', '--print')) ?? '')?.[1]
  if (systemd === 'yes') return ok('synchronised')
  if (systemd === undefined && kernel === undefined) return undefined
  if (systemd === undefined && (Number(kernel) & UNSYNCHRONISED) === 0) return ok('synchronised')
  return warning('not synchronised: alert times may be off', 'timedatectl set-ntp true')
}

function unknownSynchronisation(): Finding {
  return warning(
    'plausible, but whether it is synchronised is unknown: neither timedatectl nor adjtimex answers',
    'Check that an NTP client runs, such as chrony or systemd-timesyncd',
  )
}

/** Ranges as in package.json's engines: alternatives of `>=` and `<` comparisons, on major.minor. */
function inRange(version: string, range: string): boolean {
  const numberOf = (text: string) => {
    const [major = 0, minor = 0] = text.split('.').map(Number)
    return major * 1000 + minor
  }
  return range.split('||').some((alternative) =>
    alternative
      .trim()
      .split(/ +/)
      .every((comparison) =>
        comparison.startsWith('>=')
          ? numberOf(version) >= numberOf(comparison.slice(2))
          : numberOf(version) < numberOf(comparison.slice(1)),
      ),
  )
}
