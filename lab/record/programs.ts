import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { FirsteightError } from '../../core/errors.js'

/** Every program (and one Python library) that a recording uses, the Debian package that brings it, and how it tells its version. */
export const PROGRAMS = {
  curl: { package: 'curl', version: ['--version'] },
  dig: { package: 'bind9-dnsutils', version: ['-v'] },
  'dnssec-keygen': { package: 'bind9-utils', version: ['-V'] },
  'dnssec-signzone': { package: 'bind9-utils', version: ['-V'] },
  dnsmasq: { package: 'dnsmasq-base', version: ['--version'] },
  dnspython: { package: 'python3-dnspython', version: undefined },
  dnsperf: { package: 'dnsperf', version: ['-h'] },
  drill: { package: 'ldnsutils', version: ['-v'] },
  ethtool: { package: 'ethtool', version: ['--version'] },
  getent: { package: 'libc-bin', version: ['--version'] },
  host: { package: 'bind9-host', version: ['-V'] },
  ip: { package: 'iproute2', version: ['-V'] },
  kdig: { package: 'knot-dnsutils', version: ['-V'] },
  knotd: { package: 'knot', version: ['-V'] },
  kresd: { package: 'knot-resolver', version: ['--version'] },
  named: { package: 'bind9', version: ['-v'] },
  nc: { package: 'netcat-openbsd', version: ['-h'] },
  node: { package: 'nodejs', version: ['--version'] },
  nsd: { package: 'nsd', version: ['-v'] },
  nsupdate: { package: 'bind9-dnsutils', version: ['-V'] },
  openssl: { package: 'openssl', version: ['version'] },
  openvpn: { package: 'openvpn', version: ['--version'] },
  pdns_recursor: { package: 'pdns-recursor', version: ['--version'] },
  pdns_server: { package: 'pdns-backend-bind', version: ['--version'] },
  pdnsutil: { package: 'pdns-server', version: undefined },
  python3: { package: 'python3', version: ['--version'] },
  rndc: { package: 'bind9-utils', version: ['-V'] },
  sh: { package: 'dash', version: undefined },
  ssh: { package: 'openssh-client', version: ['-V'] },
  'ssh-keygen': { package: 'openssh-client', version: undefined },
  sshd: { package: 'openssh-server', version: ['-V'] },
  tcpdump: { package: 'tcpdump', version: ['--version'] },
  unbound: { package: 'unbound', version: ['-V'] },
} as const satisfies Record<string, { package: string; version: readonly string[] | undefined }>

export type ProgramName = keyof typeof PROGRAMS

/** Every Debian package that recording needs, sorted. */
export const RECORDING_PACKAGES: readonly string[] = [
  ...new Set(Object.values(PROGRAMS).map((program) => program.package)),
].sort()

/** A library is there when this file is. */
const LIBRARY_FILES: Readonly<Record<string, string>> = {
  dnspython: '/usr/lib/python3/dist-packages/dns/query.py',
}

/** Where Debian puts servers; often not on an ordinary user's PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin']

/**
 * Full path of a program: the system's own first, so that a recording does not depend on a user's shims,
 * then PATH. Node is always the one that runs now.
 */
export function findProgram(name: string): string | undefined {
  if (name === 'node') return process.execPath
  const library = LIBRARY_FILES[name]
  if (library !== undefined) return existsSync(library) ? library : undefined
  const folders = [...SYSTEM_FOLDERS, ...(process.env.PATH ?? '').split(delimiter).filter(Boolean)]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/**
 * Full paths of all programs, so that a recording fails before its first packet and not in its midst.
 * @throws FirsteightError LAB_PROGRAM_MISSING naming every missing program and its Debian package
 */
export function requirePrograms(
  names: readonly ProgramName[],
  find: (name: ProgramName) => string | undefined = findProgram,
): Map<ProgramName, string> {
  const paths = new Map<ProgramName, string>()
  const missing: ProgramName[] = []
  for (const name of names) {
    const path = find(name)
    if (path === undefined) missing.push(name)
    else paths.set(name, path)
  }
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((name) => PROGRAMS[name].package))].sort()
    throw new FirsteightError(
      'LAB_PROGRAM_MISSING',
      `not installed: ${missing.map((name) => `${name} (Debian package ${PROGRAMS[name].package})`).join(', ')}`,
      { hint: `apt-get install ${packages.join(' ')}`, details: { programs: missing, packages } },
    )
  }
  return paths
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
