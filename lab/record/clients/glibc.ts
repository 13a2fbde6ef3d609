import type { Lookup } from '../zones/lookups.js'
import { type Asking, chunks } from './client.js'

/** `options` of /etc/resolv.conf (resolv.conf(5)) that change what is sent. */
const RESOLVER_OPTIONS: readonly string[] = [
  '',
  'edns0',
  'trust-ad',
  'edns0 trust-ad',
  'single-request',
  'single-request-reopen',
  'use-vc',
  'use-vc edns0 trust-ad',
]

/** Resolves each name given on standard input, as every Python program does. */
const PYTHON = `import socket, sys
for name in sys.stdin.read().split():
    for family in (socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6):
        try:
            socket.getaddrinfo(name, 80, family)
        except OSError:
            pass
`

/** The C library's resolver, by getent and Python's getaddrinfo, under each of its options. */
export async function glibc({ stage, namespace, server }: Asking, lookups: readonly Lookup[]): Promise<void> {
  const names = [...new Set(lookups.filter(({ name }) => name !== '.').map(({ name }) => name))]
  const shares = chunks(names, Math.ceil(names.length / RESOLVER_OPTIONS.length))
  for (const [index, options] of RESOLVER_OPTIONS.entries()) {
    const share = shares[index] ?? []
    const line = options === '' ? '' : `options ${options}\n`
    await namespace.writeResolvConf(`nameserver ${server}\n${line}options timeout:1 attempts:1\n`)
    await stage.run(namespace, 'getent', ['ahosts', ...share.slice(0, 8)])
    await stage.run(namespace, 'getent', ['ahostsv4', ...share.slice(8, 12)])
    await stage.run(namespace, 'getent', ['hosts', '203.0.113.1', ...share.slice(12, 16)])
    await stage.run(namespace, 'python3', ['-c', PYTHON], { input: [`${share.join('\n')}\n`] })
  }
}

/** host of BIND: several types for each name, by default. */
export async function host({ stage, namespace, server }: Asking, lookups: readonly Lookup[]): Promise<void> {
  for (const { name } of lookups) await stage.run(namespace, 'host', ['-W', '1', `${name}.`, server])
  for (const { name, type } of lookups.slice(0, 12)) {
    await stage.run(namespace, 'host', ['-W', '1', '-T', '-t', type, `${name}.`, server])
    await stage.run(namespace, 'host', ['-W', '1', '-r', '-t', type, `${name}.`, server])
  }
}
