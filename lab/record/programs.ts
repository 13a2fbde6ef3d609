import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { FirsteightError } from '../../core/errors.js'

/** Debian packages, and the programs (and Python libraries) of each that a recording uses. */
const PACKAGES = {
  adb: ['adb'],
  'adns-tools': ['adnshost'],
  axfrdns: ['axfrdns'],
  bash: ['bash'],
  bind9: ['named'],
  'bind9-dnsutils': ['delv', 'dig', 'nsupdate'],
  'bind9-host': ['host'],
  'bind9-utils': ['dnssec-keygen', 'dnssec-signzone', 'rndc'],
  bird2: ['bird'],
  bsdutils: ['logger', 'script'],
  busybox: ['busybox'],
  chrony: ['chronyd'],
  coturn: ['turnserver', 'turnutils_stunclient', 'turnutils_uclient'],
  coreutils: ['env'],
  curl: ['curl'],
  dash: ['sh'],
  dns2tcp: ['dns2tcpc', 'dns2tcpd'],
  dnscache: ['dnscache'],
  dnsdist: ['dnsdist'],
  'dnsmasq-base': ['dnsmasq'],
  dnsperf: ['dnsperf'],
  dnss: ['dnss'],
  'dovecot-imapd': ['dovecot'],
  'dropbear-bin': ['dbclient', 'dropbear'],
  ethtool: ['ethtool'],
  'freeradius-utils': ['radclient'],
  gdnsd: ['gdnsd'],
  'getdns-utils': ['getdns_query'],
  git: ['git'],
  'gnutls-bin': ['gnutls-cli', 'gnutls-serv'],
  'ike-scan': ['ike-scan'],
  'inetutils-telnetd': ['telnetd'],
  iodine: ['iodine', 'iodined'],
  iperf3: ['iperf3'],
  iproute2: ['ip', 'ss'],
  kcptun: ['kcptun-client', 'kcptun-server'],
  knot: ['knotd'],
  'knot-dnsutils': ['kdig'],
  'knot-host': ['khost'],
  'knot-resolver': ['kresd'],
  ldnsutils: ['drill', 'ldns-notify'],
  'libc-bin': ['getent'],
  'libcoap3-bin': ['coap-client-notls', 'coap-server-notls'],
  'mariadb-client-core': ['mariadb'],
  'mariadb-server-core': ['mariadbd'],
  'libnet-dns-perl': ['libnet-dns-perl'],
  memcached: ['memcached'],
  microsocks: ['microsocks'],
  mosh: ['mosh-client', 'mosh-server'],
  mosquitto: ['mosquitto'],
  'mosquitto-clients': ['mosquitto_pub', 'mosquitto_sub'],
  'musl-tools': ['musl-gcc'],
  n2n: ['edge', 'supernode'],
  ncat: ['ncat'],
  nebula: ['nebula', 'nebula-cert'],
  'netcat-openbsd': ['nc'],
  'nginx-light': ['nginx'],
  'ngtcp2-client': ['gtlsclient'],
  'ngtcp2-server': ['gtlsserver'],
  nmap: ['nmap'],
  nodejs: ['node'],
  nsd: ['nsd'],
  'ntpsec-ntpdig': ['ntpdig'],
  obfs4proxy: ['obfs4proxy'],
  opensmtpd: ['smtpd'],
  'openssh-client': ['ssh', 'ssh-keygen'],
  'openssh-server': ['sshd'],
  openssl: ['openssl'],
  openvpn: ['openvpn'],
  'openvswitch-common': ['ovs-ofctl'],
  'openvswitch-testcontroller': ['ovs-testcontroller'],
  'pdns-backend-bind': ['pdns_server'],
  'pdns-recursor': ['pdns_recursor'],
  'pdns-server': ['pdnsutil'],
  'perl-base': ['perl'],
  postgresql: ['pg_ctlcluster'],
  'postgresql-client': ['psql'],
  python3: ['python3'],
  'python3-dnslib': ['dnslib'],
  'python3-dnspython': ['dnspython'],
  'python3-impacket': ['impacket'],
  'redis-server': ['redis-server'],
  'redis-tools': ['redis-cli'],
  rsync: ['rsync'],
  ruby: ['ruby'],
  'shadowsocks-libev': ['ss-local', 'ss-server'],
  sipsak: ['sipsak'],
  smartdns: ['smartdns'],
  snmp: ['snmpbulkget', 'snmpget', 'snmpset', 'snmpwalk'],
  snmpd: ['snmpd'],
  socat: ['socat'],
  stubby: ['stubby'],
  tcpdump: ['tcpdump'],
  tinc: ['tincd'],
  tinydns: ['tinydns', 'tinydns-data'],
  tinyproxy: ['tinyproxy'],
  tor: ['tor'],
  'ucspi-tcp': ['tcpserver'],
  'udns-utils': ['dnsget'],
  unbound: ['unbound'],
  'unbound-host': ['unbound-host'],
  vsftpd: ['vsftpd'],
  whois: ['whois'],
  'wireguard-go': ['wireguard-go'],
  'wireguard-tools': ['wg'],
  yadifa: ['yadifad'],
} as const

export type ProgramName = (typeof PACKAGES)[keyof typeof PACKAGES][number]

/** The option by which some programs tell their version. */
const VERSION_OPTIONS: Readonly<Record<string, readonly ProgramName[]>> = {
  '--version': [
    'curl',
    'dnsdist',
    'dnsmasq',
    'ethtool',
    'getent',
    'kresd',
    'node',
    'openvpn',
    'pdns_recursor',
    'pdns_server',
    'python3',
    'tcpdump',
  ],
  '-V': [
    'dnssec-keygen',
    'dnssec-signzone',
    'host',
    'ip',
    'kdig',
    'knotd',
    'nsupdate',
    'rndc',
    'ssh',
    'sshd',
    'unbound',
  ],
  '-v': ['delv', 'dig', 'drill', 'named', 'nsd'],
  '-h': ['dnsperf', 'nc'],
  version: ['openssl'],
}

/** The Debian package that brings a program. */
export function packageOf(program: ProgramName): string {
  return keyOf(PACKAGES, program)!
}

/** The option by which a program tells its version; undefined where its package's version must do. */
export function versionOptionOf(program: ProgramName): string | undefined {
  return keyOf(VERSION_OPTIONS, program)
}

function keyOf(
  lists: Readonly<Record<string, readonly ProgramName[]>>,
  program: ProgramName,
): string | undefined {
  return Object.keys(lists).find((key) => lists[key]!.includes(program))
}

/** A library is there when this file is. */
const LIBRARY_FILES: Readonly<Record<string, string>> = {
  dnslib: '/usr/lib/python3/dist-packages/dnslib/server.py',
  dnspython: '/usr/lib/python3/dist-packages/dns/query.py',
  impacket: '/usr/lib/python3/dist-packages/impacket/__init__.py',
  'libnet-dns-perl': '/usr/share/perl5/Net/DNS/Nameserver.pm',
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
    const packages = [...new Set(missing.map(packageOf))].sort()
    throw new FirsteightError(
      'LAB_PROGRAM_MISSING',
      `not installed: ${missing.map((name) => `${name} (Debian package ${packageOf(name)})`).join(', ')}`,
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
