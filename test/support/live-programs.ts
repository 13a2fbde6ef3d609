import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { CertificateAuthority } from './certificates.js'
import { freePorts } from './mosquitto.js'
import { findProgram } from './requires.js'

/** Real programs on loopback, each server on a port of its own that the system chose. Ended with the test. */
export interface LivePrograms {
  /** Every port: what the agent is to take for DNS. */
  ports: number[]
  dnsPort: number
  /** Runs this many queries with dig; resolves to how many were answered. */
  dig(count: number, transport: 'udp' | 'tcp'): Promise<number>
  /** What is not DNS, by name: its server port, and a run of its client. */
  others: Record<string, { port: number; speak(): Promise<void> }>
}

const LOOPBACK = '127.0.0.1'

export async function livePrograms(t: Test): Promise<LivePrograms> {
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-live-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [dns = 0, ssh = 0, tls = 0] = await freePorts(3)
  await Promise.all([startDnsmasq(t, dns), startSshd(t, ssh, folder), startTlsServer(t, tls, folder)])
  const [http, raw, random, wireguard] = [
    await httpServer(t),
    await rawServer(t),
    await udpPort(t),
    await udpPort(t),
  ]
  return {
    ports: [dns, ssh, tls, http, raw, random, wireguard],
    dnsPort: dns,
    dig: (count, transport) => dig(folder, dns, count, transport),
    others: {
      OpenSSH: {
        port: ssh,
        speak: () => run('ssh', ['-p', `${ssh}`, ...SSH_OPTIONS, `nobody@${LOOPBACK}`, 'true']),
      },
      'openssl s_client': {
        port: tls,
        speak: () => run('openssl', ['s_client', '-connect', `${LOOPBACK}:${tls}`]),
      },
      curl: { port: http, speak: () => run('curl', ['-s', `http://${LOOPBACK}:${http}/`]) },
      nc: { port: raw, speak: () => run('nc', ['-N', LOOPBACK, `${raw}`], 'this is no DNS\n') },
      'random datagram': { port: random, speak: () => sendDatagram(random, randomBytes(64)) },
      // Handshake initiation: type 1, three zero bytes, then 144 bytes that look random; wireguard.com/protocol.
      'WireGuard-shaped datagram': {
        port: wireguard,
        speak: () => sendDatagram(wireguard, Buffer.concat([Buffer.of(1, 0, 0, 0), randomBytes(144)])),
      },
    },
  }
}

const SSH_OPTIONS = [
  ...['-F', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'LogLevel=ERROR'],
  ...['-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentitiesOnly=yes', '-o', 'ConnectTimeout=10'],
]

async function startDnsmasq(t: Test, port: number): Promise<void> {
  const zone = [
    '--address=/example.test/192.0.2.1',
    '--txt-record=text.test,"some text"',
    '--mx-host=mail.test,mx.test',
  ]
  await startServer(t, port, 'dnsmasq', [
    ...[
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--user=root',
      '--pid-file=',
    ],
    ...['--local=/test/', `--listen-address=${LOOPBACK}`, '--bind-interfaces', `--port=${port}`, ...zone],
  ])
}

async function startSshd(t: Test, port: number, folder: string): Promise<void> {
  const key = join(folder, 'host-key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  mkdirSync('/run/sshd', { recursive: true })
  await startServer(t, port, 'sshd', [
    ...['-D', '-e', '-f', '/dev/null', '-h', key, '-p', `${port}`],
    ...['-o', `ListenAddress=${LOOPBACK}`, '-o', 'PidFile=none'],
  ])
}

async function startTlsServer(t: Test, port: number, folder: string): Promise<void> {
  const { certificate, key } = new CertificateAuthority(folder, 'live').issue('server', `IP:${LOOPBACK}`)
  const files = ['-cert', certificate, '-key', key]
  await startServer(t, port, 'openssl', ['s_server', '-quiet', '-accept', `${LOOPBACK}:${port}`, ...files])
}

async function httpServer(t: Test): Promise<number> {
  const server = createHttpServer((_, response) => response.end('hello\n')).listen(0, LOOPBACK)
  t.teardown(() => server.close())
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

async function rawServer(t: Test): Promise<number> {
  const server = createServer((socket) => socket.resume()).listen(0, LOOPBACK)
  t.teardown(() => server.close())
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

async function udpPort(t: Test): Promise<number> {
  const socket = createSocket('udp4').bind(0, LOOPBACK)
  t.teardown(() => socket.close())
  await once(socket, 'listening')
  return socket.address().port
}

async function sendDatagram(port: number, datagram: Buffer): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.send(datagram, port, LOOPBACK, () => socket.close(resolve)))
}

async function dig(folder: string, port: number, count: number, transport: 'udp' | 'tcp'): Promise<number> {
  const types = ['A', 'AAAA', 'TXT', 'MX', 'SOA']
  const names = ['www.example.test', 'text.test', 'mail.test', 'missing.test', 'a.b.c.example.test']
  const line = (index: number) => `${names[index % 5]} ${types[Math.floor(index / 5) % 5]}`
  const batch = join(folder, `queries.${transport}`)
  writeFileSync(batch, Array.from({ length: count }, (_, index) => `${line(index)}\n`).join(''))
  const how = [`+${transport === 'tcp' ? 'tcp' : 'notcp'}`, '+noall', '+comments', '+tries=3', '-f', batch]
  const output = await outputOf('dig', [`@${LOOPBACK}`, '-p', `${port}`, ...how])
  return output.match(/->>HEADER<<-/g)?.length ?? 0
}

/** Starts a server and waits until it accepts connections. */
async function startServer(t: Test, port: number, program: string, args: string[]): Promise<void> {
  const child: ChildProcess = spawn(findProgram(program)!, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr!.on('data', (data) => (errors += data))
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    const socket = connect(port, LOOPBACK)
    const accepts = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (accepts) return
    await sleep(25)
  }
  throw new Error(`${program} did not start: ${errors}`)
}

/** Runs a client to its end; how it ends does not matter, its first bytes do. */
async function run(program: string, args: string[], input = ''): Promise<void> {
  await outputOf(program, args, input)
}

function outputOf(program: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: 60_000, maxBuffer: 64 << 20 }
    const child = execFile(program, args, options, (_error, stdout) => resolve(stdout))
    child.stdin!.on('error', () => {})
    child.stdin!.end(input)
  })
}
