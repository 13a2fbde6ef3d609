import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FirsteightError } from '../../../core/errors.js'
import type { Stage } from '../stage.js'
import { INTERNET, type Network, OFFICE } from './office.js'

/** Traffic that is not DNS, on the port of DNS: what a person does who wants out through an open port 53. */
export type Tunnel = (stage: Stage, network: Network) => Promise<void>

/** A complete OpenSSH key exchange; the login after it is refused, which no longer shows on the wire. */
export const openSsh: Tunnel = async (stage, { office, internet }) => {
  const key = join(stage.folder, 'ssh_host_ed25519_key')
  await stage.tool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const file = await stage.write(
    'sshd_config',
    `ListenAddress ${INTERNET.ssh}:53\nHostKey ${key}\nPidFile none\nUsePAM no\nPasswordAuthentication no\n`,
  )
  // The folder into which sshd confines its unprivileged half exists only where a system service runs.
  const confined = 'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$0" -D -e -f "$1"'
  await stage.start(internet, 'sh', ['-c', confined, stage.path('sshd'), file], /Server listening/)
  const result = await stage.run(office, 'ssh', [
    ...['-F', 'none', '-p', '53', '-b', OFFICE.sshClient, '-o', 'BatchMode=yes', '-o', 'IdentityFile=none'],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
    ...[`guest@${INTERNET.ssh}`, 'true'],
  ])
  expect(result.output, /Permission denied/, 'the OpenSSH handshake')
}

/** A TLS 1.3 session with one small page. */
export const tls: Tunnel = async (stage, { office, internet }) => {
  const { key, certificate } = await makeCertificate(stage)
  await stage.start(
    internet,
    'openssl',
    ['s_server', '-accept', `${INTERNET.tls}:53`, '-key', key, '-cert', certificate, '-tls1_3', '-www'],
    /ACCEPT/,
  )
  const result = await stage.run(
    office,
    'openssl',
    ['s_client', '-connect', `${INTERNET.tls}:53`, '-bind', `${OFFICE.tlsClient}:0`, '-tls1_3', '-ign_eof'],
    { input: ['GET / HTTP/1.0\r\n\r\n'] },
  )
  expect(result.output, /TLSv1\.3/, 'the TLS session')
}

/** A plain HTTP download. */
export const http: Tunnel = async (stage, { office, internet }) => {
  const folder = join(stage.folder, 'site')
  await mkdir(folder)
  await stage.write('site/index.html', '<!doctype html><title>Notes</title><p>Plain HTTP on port 53.\n')
  await stage.start(
    internet,
    'python3',
    ['-u', '-m', 'http.server', '53', '--bind', INTERNET.http, '--directory', folder],
    /Serving HTTP/,
  )
  const address = `http://${INTERNET.http}:53/`
  const result = await stage.run(office, 'curl', ['-sS', '--interface', OFFICE.httpClient, address])
  expect(result.output, /Plain HTTP/, 'the HTTP download')
}

/** Typed text in both directions, as a hand-made backdoor does it. */
export const text: Tunnel = async (stage, { office, internet }) => {
  const server = await stage.start(internet, 'nc', ['-nvl', INTERNET.text, '53'], /Listening on/)
  server.write('gateway login: ')
  const result = await stage.run(
    office,
    'nc',
    ['-n', '-q', '1', '-s', OFFICE.textClient, INTERNET.text, '53'],
    { input: ['whoami\n', 'uname -a\n', 'cat /etc/hostname\n'], pauseMilliseconds: 150 },
  )
  expect(result.output, /login/, 'the text session')
}

/** OpenVPN over UDP: both handshakes, control channel and first data packets. */
export const openVpn: Tunnel = async (stage, { office, internet }) => {
  const { key, certificate } = await makeCertificate(stage)
  const common = ['--dev', 'null', '--proto', 'udp', '--ca', certificate, '--cert', certificate, '--key', key]
  const ready = /Initialization Sequence Completed/
  await stage.start(
    internet,
    'openvpn',
    [...common, '--tls-server', '--dh', 'none', '--local', INTERNET.vpn, '--port', '53'],
    /UDPv4 link remote/,
  )
  const client = ['--local', OFFICE.vpnClient, '--lport', '40000', '--remote', INTERNET.vpn, '53']
  const running = await stage.start(office, 'openvpn', [...common, '--tls-client', ...client], ready)
  await running.stop()
}

/** A beacon in no protocol at all: random datagrams out, one random datagram back. */
export const beacon: Tunnel = async (stage, { office, internet }) => {
  const server = await stage.start(internet, 'nc', ['-nvul', INTERNET.beacon, '53'], /Bound on/)
  const sizes = [32, 48, 64, 32, 96, 120]
  const sent = stage.run(
    office,
    'nc',
    ['-nu', '-q', '1', '-s', OFFICE.beaconClient, '-p', '41000', INTERNET.beacon, '53'],
    { input: sizes.map((size) => randomBytes(size)), pauseMilliseconds: 200 },
  )
  await server.outputMatching(/Connection received/, 5_000, stage.signal)
  server.write(randomBytes(80))
  await sent
}

/** A self-signed certificate, good for both ends. */
async function makeCertificate(stage: Stage): Promise<{ key: string; certificate: string }> {
  const key = join(stage.folder, 'example.key')
  const certificate = join(stage.folder, 'example.crt')
  await stage.tool('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=vpn.example', '-keyout', key, '-out', certificate],
  ])
  return { key, certificate }
}

function expect(output: string, pattern: RegExp, what: string): void {
  if (pattern.test(output)) return
  throw new FirsteightError('LAB_PROGRAM_FAILED', `${what} did not come about:\n${output.slice(-500)}`, {
    hint: 'Run the recording again; if it stays so, compare the program versions with those in the captures README.',
  })
}
