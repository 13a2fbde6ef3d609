import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { EXIT } from '../../core/errors.js'
import { CertificateAuthority } from '../support/certificates.js'
import { firsteight } from '../support/command-line.js'
import { Mosquitto } from '../support/mosquitto.js'
import { networkNamespace } from '../support/namespace.js'
import { requires } from '../support/requires.js'
import { RunningCommand } from '../support/running-command.js'

/** What an operator gets to see when something is wrong: code, words, hint, exit code, or another try. */

const CAPTURE = fileURLToPath(new URL('../../../lab/captures/demo.pcap', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'firsteight-failures-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const BROKER = requires({ programs: ['mosquitto', 'mosquitto_passwd', 'openssl'] })
const RIGHTS = requires({ programs: ['tcpdump', 'setpriv', 'ip', 'python3'], captureRight: true })

async function fails(t: Test, args: string[], code: string, exitCode: number, words: RegExp): Promise<void> {
  const { exitCode: actual, stderr } = await firsteight(args)
  t.equal(actual, exitCode, `exit code of ${code}`)
  t.match(stderr, `error [${code}]: `)
  t.match(stderr, words)
  t.match(stderr, '\nhint: ', 'says what to do')
}

t.test('models: missing, corrupt, of another kind', async (t) => {
  await fails(
    t,
    ['score', CAPTURE, '--model', join(folder, 'none')],
    'MODEL_MISSING',
    EXIT.MODEL,
    /none: no such model file/,
  )
  const cut = join(folder, 'cut.model')
  writeFileSync(cut, readFileSync(DEFAULT_MODEL_PATH).subarray(0, 5000))
  await fails(t, ['score', CAPTURE, '--model', cut], 'MODEL_CORRUPT', EXIT.MODEL, /cut\.model/)
  await fails(
    t,
    ['run', '--capture', 'file', '--file', CAPTURE, '--model', cut],
    'MODEL_CORRUPT',
    EXIT.MODEL,
    /cut/,
  )
})

t.test('captures: missing, no capture, cut off; what came before is still counted', async (t) => {
  await fails(t, ['score', join(folder, 'none.pcap')], 'FILE_UNREADABLE', EXIT.INPUT, /none\.pcap/)
  const text = join(folder, 'text.pcap')
  writeFileSync(text, 'this is no capture')
  await fails(t, ['score', text], 'CAPTURE_FILE_FORMAT', EXIT.INPUT, /byte 0/)
  const cut = join(folder, 'cut.pcap')
  writeFileSync(cut, readFileSync(CAPTURE).subarray(0, 10_000))
  await fails(t, ['score', cut], 'CAPTURE_FILE_TRUNCATED', EXIT.INPUT, /begins at byte \d+/)
  const { stdout } = await firsteight(['score', cut])
  t.match(stdout, /[1-9]\d* packets/)
})

t.test('the configuration: every problem at once', async (t) => {
  const file = join(folder, 'bad.yaml')
  writeFileSync(file, 'site: a/b\nserverPorts: [0]\nbrokr: {}\n')
  const { exitCode, stderr } = await firsteight(['run', '--config', file, '--cap', 'many'])
  t.equal(exitCode, EXIT.CONFIG)
  for (const problem of ['bad.yaml:1', 'bad.yaml:2', 'bad.yaml:3', '--cap']) t.match(stderr, problem)
  await fails(
    t,
    ['run', '--config', join(folder, 'none.yaml')],
    'CONFIG_UNREADABLE',
    EXIT.CONFIG,
    /none\.yaml/,
  )
})

t.test('a broker that cannot be had: replay ends at once', BROKER, async (t) => {
  const authority = new CertificateAuthority(folder, 'authority')
  const expired = authority.issue('expired', 'IP:127.0.0.1', -1)
  const broker = await Mosquitto.start({ users: { agent: 'right' }, tls: expired })
  t.teardown(() => broker.remove())
  const password = join(folder, 'password')
  writeFileSync(password, 'wrong\n')
  const replay = (...args: string[]) => ['replay', CAPTURE, ...args]
  const nobody = 'mqtt://127.0.0.1:9'
  await fails(t, replay('--broker', nobody), 'BROKER_UNREACHABLE', EXIT.BROKER, /127\.0\.0\.1:9/)
  await fails(
    t,
    replay('--broker', 'mqtt://broker.invalid'),
    'BROKER_UNKNOWN_HOST',
    EXIT.BROKER,
    /broker\.invalid/,
  )
  await fails(
    t,
    replay('--broker', broker.url, '--username', 'agent', '--password-file', password),
    'BROKER_REFUSED',
    EXIT.BROKER,
    /password|authori/i,
  )
  await fails(
    t,
    replay('--broker', broker.tlsUrl, '--ca', authority.certificate),
    'BROKER_TLS',
    EXIT.BROKER,
    /expired/,
  )
})

t.test(
  'a running agent outlives its broker',
  requires({ programs: ['mosquitto', 'tcpdump'], captureRight: true }),
  async (t) => {
    const broker = await Mosquitto.prepare()
    t.teardown(() => broker.remove())
    const { port, send } = await datagrams(t)
    const source = ['-i', 'lo', '--capture', 'stream', '--ports', String(port)]
    const agent = new RunningCommand(t, ['run', ...source, '--broker', broker.url, '--json'])
    await agent.says('capturing from')
    await agent.says('trying again')
    send('anomaly while the broker is down')
    await agent.says('616e6f6d616c7920') // "anomaly "
    await broker.start()
    await agent.says('connected to the broker')
    await broker.kill()
    send('something else while it is gone')
    await agent.says('736f6d657468696e') // "somethin"
    await broker.start()
    // The third try may wait for some seconds more than the end would.
    await agent.says('connected to the broker', { times: 2, seconds: 60 })
    t.equal(await agent.stop(), 0, 'its end waits for the acknowledgement')
    const last = agent.objects().at(-1) as { summary?: { link: Record<string, number> } } | undefined
    t.match(last?.summary?.link, { published: 2, acknowledged: 2, dropped: 0 })
  },
)

t.test('no right to capture, no such interface, a bad filter', RIGHTS, async (t) => {
  const { port } = await datagrams(t)
  const powerless = ['setpriv', '--bounding-set=-net_raw,-net_admin,-sys_admin']
  for (const kind of ['cap', 'stream']) {
    const run = ['run', '--capture', kind, '--ports', String(port), '--broker', 'mqtt://127.0.0.1:9']
    const denied = new RunningCommand(t, [...run, '-i', 'lo'], { through: powerless })
    t.equal(await denied.ended(), EXIT.CAPTURE, `${kind} without the right`)
    t.match(denied.stderr, /error \[CAPTURE_NO_RIGHT\].*\nhint: .*setcap/)
    await fails(t, [...run, '-i', 'none0'], 'CAPTURE_NO_INTERFACE', EXIT.CAPTURE, /none0/)
    await fails(t, [...run, '-i', 'lo', '--filter', 'port ('], 'CAPTURE_FILTER', EXIT.CAPTURE, /filter/)
  }
})

t.test('the interface goes away', RIGHTS, async (t) => {
  for (const kind of ['cap', 'stream']) {
    const namespace = networkNamespace(t)
    const run = ['run', '-i', 'cable1', '--capture', kind, '--broker', 'mqtt://127.0.0.1:9']
    const agent = new RunningCommand(t, run, { through: namespace.inside })
    await agent.says('capturing from')
    namespace.ip('link', 'delete', 'cable0')
    t.equal(await agent.ended(), EXIT.CAPTURE, kind)
    t.match(agent.stderr, /error \[CAPTURE_ENDED\].*cable1/)
  }
})

/** A UDP port of loopback that is listened on, and a way to send text there. */
async function datagrams(t: Test): Promise<{ port: number; send: (text: string) => void }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const { port } = socket.address()
  return { port, send: (text) => socket.send(text, port, '127.0.0.1') }
}
