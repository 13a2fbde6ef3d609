import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import t, { type Test } from 'tap'
import { firsteight, jsonLines } from '../support/command-line.js'
import { until } from '../support/link.js'
import { freePorts, Mosquitto } from '../support/mosquitto.js'
import { requires } from '../support/requires.js'
import { RunningCommand } from '../support/running-command.js'

const NEEDS = requires({ programs: ['mosquitto', 'openssl'] })
const certificates = (...args: string[]) => execFileSync('deploy/certificates.sh', args, { encoding: 'utf8' })

interface Deployed {
  url: string
  folder: string
  /** Options of a command that connects with a certificate. */
  as(name: string): string[]
  connect(name: string): Promise<MqttClient>
}

/** Mosquitto with the files of deploy/ as they are, but for their folder and the port. */
async function deploy(t: Test, nodes: readonly string[]): Promise<Deployed> {
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-deploy-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  certificates('authority', folder)
  certificates('broker', folder, 'localhost', '127.0.0.1')
  certificates('role', folder, 'operator', 'alice')
  certificates('role', folder, 'reader', 'bob')
  for (const name of nodes) certificates('node', folder, ...name.split('/'))
  cpSync('deploy/mosquitto/firsteight.acl', join(folder, 'firsteight.acl'))
  const [port] = await freePorts(1)
  const config = readFileSync('deploy/mosquitto/firsteight.conf', 'utf8')
    .replaceAll('/etc/mosquitto/firsteight', folder)
    .replace('listener 8883', `listener ${port} 127.0.0.1`)
  const file = join(folder, 'mosquitto.conf')
  writeFileSync(file, `user root\nlog_dest stdout\n${config}`)
  const broker = await Mosquitto.startWith(file, port!)
  t.teardown(() => broker.remove())
  const url = `mqtts://127.0.0.1:${port}`
  const ca = join(folder, 'authority.crt')
  const pair = (name: string) => [join(folder, `${name}.crt`), join(folder, `${name}.key`)] as const
  return {
    url,
    folder,
    as: (name) => ['--broker', url, '--ca', ca, '--cert', pair(name)[0], '--key', pair(name)[1]],
    async connect(name) {
      const [cert, key] = pair(name)
      const options = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) }
      const client = await mqtt.connectAsync(url, { ...options, reconnectPeriod: 0, protocolVersion: 5 })
      t.teardown(() => client.endAsync(true))
      return client
    },
  }
}

const TOLD = [
  ...['status', 'anomaly', 'metrics', 'census/1', 'config/reported', 'keys/reported'],
  ...['model/reported', 'cmd/7/result', 'evidence/e/1', 'echo'],
]
const ORDERS = ['config/desired', 'keys/desired', 'model/desired', 'model/chunk/d/1', 'cmd/7']

t.test('the access list binds each agent to its topics, and the roles to theirs', NEEDS, async (t) => {
  const { connect } = await deploy(t, ['a/one', 'a/two', 'b/one'])
  const names = ['a.one', 'a.two', 'b.one', 'operator.alice', 'reader.bob']
  const clients = new Map<string, MqttClient>()
  const heard = new Map<string, Set<string>>()
  for (const name of names) {
    const client = await connect(name)
    const topics = new Set<string>()
    client.on('message', (topic) => topics.add(topic.replace('firsteight/v1/', '')))
    await client.subscribeAsync('firsteight/v1/#', { qos: 1 })
    clients.set(name, client)
    heard.set(name, topics)
  }
  /** Whether the broker lets a client write a topic: MQTT 5 says so. */
  const writes = (name: string, path: string) =>
    clients
      .get(name)!
      .publishAsync(`firsteight/v1/${path}`, 'x', { qos: 1 })
      .then(
        () => true,
        () => false,
      )
  const agents = ['a/one', 'a/two', 'b/one']
  const places = [...agents, 'a/_all', '_all/_all']
  const written = new Set<string>()
  for (const name of names) {
    for (const place of places) {
      for (const path of [...TOLD, ...ORDERS]) {
        const may = TOLD.includes(path) ? name === place.replace('/', '.') : name === 'operator.alice'
        const topic = `${place}/${path}`
        const did = await writes(name, topic)
        if (did !== may) t.equal(did, may, `${name} writes ${topic}`)
        if (did) written.add(topic)
      }
    }
  }
  t.equal(written.size, agents.length * TOLD.length + places.length * ORDERS.length)
  const end = 'a/one/status'
  await until('readers have heard all', () =>
    ['operator.alice', 'reader.bob'].every((name) => heard.get(name)!.size === written.size),
  )
  t.ok(heard.get('reader.bob')!.has(end))
  for (const [name, topics] of heard) {
    if (!/^[ab]\./.test(name)) continue
    const own = name.replace('.', '/')
    const expected = [
      `${own}/echo`,
      ...ORDERS.flatMap((path) => [own, 'a/_all', '_all/_all'].map((place) => `${place}/${path}`)),
    ]
    await until(`${name} has heard its orders`, () => expected.every((topic) => topics.has(topic)))
    t.same([...topics].sort(), expected.sort(), `${name} hears what is for it, and nothing of another agent`)
  }
})

t.test('nobody comes in without a certificate of the authority', NEEDS, async (t) => {
  const { url, folder, as } = await deploy(t, ['a/one'])
  const none = await firsteight(['fleet', 'ls', '--broker', url, '--ca', join(folder, 'authority.crt')])
  t.equal(none.exitCode, 7, none.stderr)
  const other = mkdtempSync(join(tmpdir(), 'firsteight-other-'))
  t.teardown(() => rmSync(other, { recursive: true, force: true }))
  certificates('authority', other)
  certificates('role', other, 'operator', 'mallory')
  const forged = as('operator.alice').map((text) =>
    text.replace(`${folder}/operator.alice`, `${other}/operator.mallory`),
  )
  t.equal((await firsteight(['fleet', 'ls', ...forged])).exitCode, 7)
  t.equal((await firsteight(['fleet', 'ls', ...as('reader.bob')])).stdout, '0 agents\n')
})

t.test('from nothing to five agents, as deploy/README.md says', NEEDS, async (t) => {
  const nodes = ['one', 'two', 'three', 'four', 'five'].map((node) => `branch/${node}`)
  const { url, folder, as } = await deploy(t, nodes)
  t.equal((await firsteight(['keygen', join(folder, 'ops')])).exitCode, 0)
  const enrolled = await Promise.all(
    nodes.map(async (name) => {
      const [site, node] = name.split('/') as [string, string]
      const state = join(folder, `state-${node}`)
      const options = as(`${site}.${node}`).map((text) => text)
      const who = ['--site', site, '--node', node, '--trust', join(folder, 'ops.pub')]
      return { state, result: await firsteight(['enroll', state, ...who, ...options]) }
    }),
  )
  for (const { state, result } of enrolled) {
    t.equal(result.exitCode, 0, result.stderr)
    const config = join(state, 'firsteight.yaml')
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}capture: { kind: stream, command: [sleep, "600"] }\nmetrics: { intervalSeconds: 1 }\n`,
    )
    new RunningCommand(t, ['run', '--config', config])
  }
  t.ok(url)
  let all: Record<string, unknown>[] = []
  const complete = () =>
    all.length === nodes.length &&
    all.every(({ state, metricsAge }) => state === 'ONLINE' && metricsAge !== null)
  for (let attempt = 0; attempt < 60 && !complete(); attempt++) {
    all = jsonLines((await firsteight(['fleet', 'ls', ...as('reader.bob'), '--json'])).stdout).slice(0, -1)
  }
  t.ok(complete(), JSON.stringify(all))
})

t.test('certificates are refused that could not be told apart', NEEDS, async (t) => {
  const folder = t.testdir()
  const refused = (...args: string[]) =>
    t.throws(() => execFileSync('deploy/certificates.sh', args, { stdio: 'pipe' }))
  refused('node', folder, 'a', 'b')
  certificates('authority', folder)
  refused('authority', folder)
  refused('node', folder, 'a/b', 'c')
  refused('node', folder, 'a', '+')
  refused('node', folder, 'a'.repeat(40), 'b'.repeat(40))
  refused('role', folder, 'king', 'bob')
  refused('broker', folder, 'a b')
  certificates('node', folder, 'a', 'b')
  refused('node', folder, 'a', 'b')
})
