import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuthoritativeServer, ResolvingServer } from './server.js'

/** PowerDNS Authoritative Server over zone files. */
export const powerDns: AuthoritativeServer = {
  name: 'powerdns',
  programs: ['pdns_server', 'pdnsutil'],
  async start({ stage, namespace, addresses }, zones) {
    const folder = join(stage.folder, `powerdns-${addresses[0]}`)
    await mkdir(folder)
    const list = zones.map(({ origin, file }) => `zone "${origin}" { type master; file "${file}"; };`)
    await stage.write(`${folder.slice(stage.folder.length + 1)}/zones.conf`, `${list.join('\n')}\n`)
    await stage.write(
      `${folder.slice(stage.folder.length + 1)}/pdns.conf`,
      `launch=bind
bind-config=${folder}/zones.conf
bind-dnssec-db=${folder}/dnssec.db
local-address=${addresses.join(',')}
local-port=53
socket-dir=${folder}
daemon=no
guardian=no
disable-axfr=no
allow-axfr-ips=127.0.0.0/8,::1
dname-processing=yes
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8,::1
udp-truncation-threshold=4096
receiver-threads=1
security-poll-suffix=
`,
    )
    await stage.tool('pdnsutil', [`--config-dir=${folder}`, 'create-bind-db', join(folder, 'dnssec.db')])
    for (const { origin, signed } of zones) {
      if (signed) await stage.tool('pdnsutil', [`--config-dir=${folder}`, 'set-presigned', origin])
    }
    return stage.start(namespace, 'pdns_server', [`--config-dir=${folder}`], /ready to distribute questions/)
  },
}

/** PowerDNS Recursor, validating. */
export const powerDnsRecursor: ResolvingServer = {
  name: 'powerdns-recursor',
  programs: ['pdns_recursor'],
  async start({ stage, namespace, addresses }, { hints, anchor }) {
    const { keyTag, algorithm, digestType, digest } = anchor
    const lua = await stage.write(
      'recursor.lua',
      `clearTA('.')\naddTA('.', "${keyTag} ${algorithm} ${digestType} ${digest}")\n`,
    )
    await stage.write(
      'recursor.conf',
      `local-address=${addresses.join(',')}
local-port=53
hint-file=${hints}
lua-config-file=${lua}
dnssec=validate
dont-query=
allow-from=127.0.0.0/8,::1
socket-dir=${stage.folder}
daemon=no
threads=1
quiet=yes
security-poll-suffix=
`,
    )
    return stage.start(
      namespace,
      'pdns_recursor',
      [`--config-dir=${stage.folder}`],
      /Enabled ('epoll' )?multiplexer/,
    )
  },
}
