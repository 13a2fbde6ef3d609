import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { FirsteightError } from '../../core/errors.js'

/** Every program (and one Python library) that a recording uses, the Debian package that brings it, and how it tells its version. */
export const PROGRAMS = {
  adb: { package: 'adb', version: undefined },
  bash: { package: 'bash', version: undefined },
  bird: { package: 'bird2', version: undefined },
  busybox: { package: 'busybox', version: undefined },
  chronyd: { package: 'chrony', version: undefined },
  'coap-client-notls': { package: 'libcoap3-bin', version: undefined },
  'coap-server-notls': { package: 'libcoap3-bin', version: undefined },
  curl: { package: 'curl', version: ['--version'] },
  dbclient: { package: 'dropbear-bin', version: undefined },
  dig: { package: 'bind9-dnsutils', version: ['-v'] },
  dns2tcpc: { package: 'dns2tcp', version: undefined },
  dns2tcpd: { package: 'dns2tcp', version: undefined },
  dnsdist: { package: 'dnsdist', version: ['--version'] },
  dnsmasq: { package: 'dnsmasq-base', version: ['--version'] },
  dnsperf: { package: 'dnsperf', version: ['-h'] },
  dnspython: { package: 'python3-dnspython', version: undefined },
  'dnssec-keygen': { package: 'bind9-utils', version: ['-V'] },
  'dnssec-signzone': { package: 'bind9-utils', version: ['-V'] },
  dovecot: { package: 'dovecot-imapd', version: undefined },
  drill: { package: 'ldnsutils', version: ['-v'] },
  dropbear: { package: 'dropbear-bin', version: undefined },
  edge: { package: 'n2n', version: undefined },
  ethtool: { package: 'ethtool', version: ['--version'] },
  getent: { package: 'libc-bin', version: ['--version'] },
  git: { package: 'git', version: undefined },
  'gnutls-cli': { package: 'gnutls-bin', version: undefined },
  'gnutls-serv': { package: 'gnutls-bin', version: undefined },
  gtlsclient: { package: 'ngtcp2-client', version: undefined },
  gtlsserver: { package: 'ngtcp2-server', version: undefined },
  host: { package: 'bind9-host', version: ['-V'] },
  'ike-scan': { package: 'ike-scan', version: undefined },
  impacket: { package: 'python3-impacket', version: undefined },
  iodine: { package: 'iodine', version: undefined },
  iodined: { package: 'iodine', version: undefined },
  ip: { package: 'iproute2', version: ['-V'] },
  iperf3: { package: 'iperf3', version: undefined },
  'kcptun-client': { package: 'kcptun', version: undefined },
  'kcptun-server': { package: 'kcptun', version: undefined },
  kdig: { package: 'knot-dnsutils', version: ['-V'] },
  knotd: { package: 'knot', version: ['-V'] },
  kresd: { package: 'knot-resolver', version: ['--version'] },
  'ldns-notify': { package: 'ldnsutils', version: undefined },
  logger: { package: 'bsdutils', version: undefined },
  mariadb: { package: 'mariadb-client-core', version: undefined },
  mariadbd: { package: 'mariadb-server-core', version: undefined },
  memcached: { package: 'memcached', version: undefined },
  microsocks: { package: 'microsocks', version: undefined },
  'mosh-client': { package: 'mosh', version: undefined },
  'mosh-server': { package: 'mosh', version: undefined },
  mosquitto: { package: 'mosquitto', version: undefined },
  mosquitto_pub: { package: 'mosquitto-clients', version: undefined },
  mosquitto_sub: { package: 'mosquitto-clients', version: undefined },
  named: { package: 'bind9', version: ['-v'] },
  'musl-gcc': { package: 'musl-tools', version: undefined },
  nc: { package: 'netcat-openbsd', version: ['-h'] },
  ncat: { package: 'ncat', version: undefined },
  nebula: { package: 'nebula', version: undefined },
  'nebula-cert': { package: 'nebula', version: undefined },
  nginx: { package: 'nginx-light', version: undefined },
  nmap: { package: 'nmap', version: undefined },
  node: { package: 'nodejs', version: ['--version'] },
  nsd: { package: 'nsd', version: ['-v'] },
  nsupdate: { package: 'bind9-dnsutils', version: ['-V'] },
  ntpdig: { package: 'ntpsec-ntpdig', version: undefined },
  obfs4proxy: { package: 'obfs4proxy', version: undefined },
  openssl: { package: 'openssl', version: ['version'] },
  openvpn: { package: 'openvpn', version: ['--version'] },
  'ovs-ofctl': { package: 'openvswitch-common', version: undefined },
  'ovs-testcontroller': { package: 'openvswitch-testcontroller', version: undefined },
  pdns_recursor: { package: 'pdns-recursor', version: ['--version'] },
  pdns_server: { package: 'pdns-backend-bind', version: ['--version'] },
  pdnsutil: { package: 'pdns-server', version: undefined },
  pg_ctlcluster: { package: 'postgresql', version: undefined },
  psql: { package: 'postgresql-client', version: undefined },
  python3: { package: 'python3', version: ['--version'] },
  radclient: { package: 'freeradius-utils', version: undefined },
  'redis-cli': { package: 'redis-tools', version: undefined },
  'redis-server': { package: 'redis-server', version: undefined },
  rndc: { package: 'bind9-utils', version: ['-V'] },
  rsync: { package: 'rsync', version: undefined },
  script: { package: 'bsdutils', version: undefined },
  sh: { package: 'dash', version: undefined },
  sipsak: { package: 'sipsak', version: undefined },
  smtpd: { package: 'opensmtpd', version: undefined },
  snmpbulkget: { package: 'snmp', version: undefined },
  snmpd: { package: 'snmpd', version: undefined },
  snmpget: { package: 'snmp', version: undefined },
  snmpset: { package: 'snmp', version: undefined },
  snmpwalk: { package: 'snmp', version: undefined },
  socat: { package: 'socat', version: undefined },
  ss: { package: 'iproute2', version: undefined },
  'ss-local': { package: 'shadowsocks-libev', version: undefined },
  'ss-server': { package: 'shadowsocks-libev', version: undefined },
  ssh: { package: 'openssh-client', version: ['-V'] },
  'ssh-keygen': { package: 'openssh-client', version: undefined },
  sshd: { package: 'openssh-server', version: ['-V'] },
  stubby: { package: 'stubby', version: undefined },
  supernode: { package: 'n2n', version: undefined },
  tcpdump: { package: 'tcpdump', version: ['--version'] },
  telnetd: { package: 'inetutils-telnetd', version: undefined },
  tincd: { package: 'tinc', version: undefined },
  tinyproxy: { package: 'tinyproxy', version: undefined },
  tor: { package: 'tor', version: undefined },
  turnserver: { package: 'coturn', version: undefined },
  turnutils_stunclient: { package: 'coturn', version: undefined },
  turnutils_uclient: { package: 'coturn', version: undefined },
  unbound: { package: 'unbound', version: ['-V'] },
  vsftpd: { package: 'vsftpd', version: undefined },
  wg: { package: 'wireguard-tools', version: undefined },
  whois: { package: 'whois', version: undefined },
  'wireguard-go': { package: 'wireguard-go', version: undefined },
} as const satisfies Record<string, { package: string; version: readonly string[] | undefined }>

export type ProgramName = keyof typeof PROGRAMS

/** Every Debian package that recording needs, sorted. */
export const RECORDING_PACKAGES: readonly string[] = [
  ...new Set(Object.values(PROGRAMS).map((program) => program.package)),
].sort()

/** A library is there when this file is. */
const LIBRARY_FILES: Readonly<Record<string, string>> = {
  dnspython: '/usr/lib/python3/dist-packages/dns/query.py',
  impacket: '/usr/lib/python3/dist-packages/impacket/__init__.py',
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
