import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Absent } from '../suite.js'

/** Debian puts programs there where only root looks. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin']

/** Programs, and the Debian packages that have them. */
const PACKAGES = {
  gcc: 'gcc libc6-dev',
  ip: 'iproute2',
  ethtool: 'ethtool',
  mosquitto: 'mosquitto',
  tcpdump: 'tcpdump',
} as const

/** What a measurement on the network needs and this machine lacks; undefined when nothing. */
export function findMissing(what: string): Absent | undefined {
  if (process.geteuid?.() !== 0) {
    return {
      rival: what,
      reason: 'network namespaces and captures need root',
      install: 'sudo npm run bench',
    }
  }
  const missing = Object.entries(PACKAGES).filter(([program]) => !isThere(program))
  if (missing.length === 0) return undefined
  return {
    rival: what,
    reason: `there is no ${missing.map(([program]) => program).join(', ')}`,
    install: `apt-get install ${missing.map(([, name]) => name).join(' ')}`,
  }
}

function isThere(program: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
