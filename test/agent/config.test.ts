import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Config, loadConfig } from '../../agent/config.js'
import { FIELDS, getAt } from '../../agent/configuration/fields.js'
import type { ConfigProblem } from '../../agent/configuration/source.js'
import { FirsteightError } from '../../core/errors.js'

type Options = Partial<Parameters<typeof loadConfig>[0]>

function load(options: Options = {}): Config {
  return loadConfig({ environment: {}, flags: [], hostName: 'edge-1', ...options })
}

function fileWith(t: Test, text: string | Buffer): string {
  return join(t.testdir({ 'agent.yaml': text }), 'agent.yaml')
}

function failure(options: Options): FirsteightError {
  try {
    load(options)
  } catch (error) {
    if (error instanceof FirsteightError) return error
    throw error
  }
  throw new Error('expected the configuration to be refused')
}

function problemsOf(error: FirsteightError): ConfigProblem[] {
  return error.details.problems as ConfigProblem[]
}

/** Every field of the interface, so that the compiler holds this list complete. */
const EVERY_FIELD: Config = {
  site: 'berlin',
  node: 'edge-7',
  serverPorts: [53, 5353],
  stateFolder: '/var/lib/firsteight',
  model: '/var/lib/model',
  kernel: 'scalar',
  idleSeconds: 60,
  capture: {
    kind: 'stream',
    interface: 'eth1',
    filter: 'port 53',
    bufferMebibytes: 8,
    delivery: 'batched',
    command: ['dump', '-x'],
    file: 'a.pcap',
  },
  broker: {
    url: 'wss://broker.example:8084/mqtt',
    otherUrls: ['mqtts://b.example', 'mqtts://c.example:8884'],
    protocol: '3.1.1',
    username: 'edge',
    passwordFile: 'password',
    caFile: 'ca.pem',
    certificateFile: 'edge.pem',
    keyFile: 'edge.key',
    clientId: 'edge-7',
    keepaliveSeconds: 60,
    connectTimeoutSeconds: 5,
  },
  alerts: { windowSeconds: 30, capPerMinute: 10, examples: 5, maximumFlows: 100, payloadBytes: 16 },
  outbox: { maximumMessages: 100, maximumBytes: 100000, backlogPerSecond: 500 },
  spool: { folder: '/var/spool/firsteight', maximumBytes: 2097152, maximumAgeHours: 48, sync: 'record' },
  metrics: { intervalSeconds: 10, prometheus: { address: '::1', port: 9105 } },
  evidence: {
    enabled: false,
    budgetBytes: 8_000_000,
    packetsPerFlow: 32,
    bytesPerFlow: 70_000,
    bytesPerPacket: 256,
    afterSeconds: 5,
  },
  census: { intervalSeconds: 600 },
  log: { level: 'debug', format: 'json' },
}

t.test('the interface and the schema hold the same fields', async (t) => {
  const paths = (value: object, prefix = ''): string[] =>
    Object.entries(value).flatMap(([name, child]) =>
      typeof child === 'object' && !Array.isArray(child)
        ? paths(child, `${prefix}${name}.`)
        : [prefix + name],
    )
  t.same(paths(EVERY_FIELD).sort(), FIELDS.map((field) => field.path).sort())
})

t.test('every field can be set by file (YAML and JSON), environment and flag', async (t) => {
  t.same(load({ file: fileWith(t, JSON.stringify(EVERY_FIELD, null, '\t')) }), EVERY_FIELD)
  const environment: Record<string, string> = {}
  for (const { path, variable } of FIELDS) environment[variable] = String(getAt(EVERY_FIELD, path))
  t.same(load({ environment }), EVERY_FIELD)
  const flags = FIELDS.map(({ path }) => ({ name: `--${path}`, path, value: getAt(EVERY_FIELD, path) }))
  t.same(load({ flags }), EVERY_FIELD)
  const texts = flags.map((flag) => ({ ...flag, value: String(flag.value) }))
  t.same(load({ flags: texts }), EVERY_FIELD)
})

t.test('later sources override earlier ones, field by field', async (t) => {
  const file = fileWith(
    t,
    'site: from-file\nnode: from-file\nbroker:\n  clientId: from-file\n  protocol: 3.1.1\n',
  )
  const config = load({
    file,
    environment: { FIRSTEIGHT_NODE: 'from-environment', FIRSTEIGHT_BROKER_CLIENT_ID: 'from-environment' },
    flags: [{ name: '--client-id', path: 'broker.clientId', value: 'from-flag' }],
  })
  t.match(config, {
    site: 'from-file',
    node: 'from-environment',
    broker: { clientId: 'from-flag', protocol: '3.1.1', keepaliveSeconds: 30 },
  })
  t.match(load({ environment: { FIRSTEIGHT_CONFIG: file } }), { site: 'from-file' })
})

t.test('the node is the host name, made fit for a topic', async (t) => {
  t.equal(load().node, 'edge-1')
  t.equal(load({ hostName: '-röuter #1/lan' }).node, 'r-uter--1-lan')
  t.equal(load({ hostName: '###' }).node, 'node')
  t.equal(load({ hostName: 'x'.repeat(300) }).node.length, 64)
})

t.test('numbers stand for text, an empty section for none, JSON lists in the environment', async (t) => {
  t.match(load({ file: fileWith(t, 'site: 12\nbroker:\n  protocol: 5\nlog:\n  # level: debug\n') }), {
    site: '12',
    broker: { protocol: '5' },
    log: { level: 'info' },
  })
  t.same(load({ file: fileWith(t, '# nothing\n') }), load())
  const environment = { FIRSTEIGHT_CAPTURE_COMMAND: '["ssh","edge","tcpdump -w - a,b"]' }
  t.same(load({ environment }).capture.command, ['ssh', 'edge', 'tcpdump -w - a,b'])
})

t.test('defaults are not shared between configurations', async (t) => {
  load().serverPorts.push(1)
  t.same(load().serverPorts, [53])
})

t.test('all problems at once, each with source, field, expectation and finding', async (t) => {
  const file = fileWith(
    t,
    `site: a/b
broker:
  url: mqtt://edge:hunter2@broker
  pasword: hunter2
  keepaliveSeconds: 2
serverPorts: [53, 70000]
capture: 5
`,
  )
  const error = failure({
    file,
    environment: {
      FIRSTEIGHT_BROKER_URI: 'x',
      FIRSTEIGHT_ALERTS_EXAMPLES: 'many',
      FIRSTEIGHT_SERVICE_HOST: 'x',
    },
    flags: [{ name: '--kernel', path: 'kernel', value: 'fast' }],
  })
  t.equal(error.code, 'CONFIG_INVALID')
  t.equal(error.exitCode, 3)
  const found = new Map(problemsOf(error).map((problem) => [problem.path || problem.source, problem]))
  t.match(Object.fromEntries(found), {
    site: { source: `${file}:1:1`, expected: /letters, digits/, found: '"a/b"' },
    'broker.url': { source: `${file}:3:3`, expected: /mqtts:/, found: '"mqtt://...@broker"' },
    'broker.pasword': { source: `${file}:4:3`, expected: /perhaps broker.passwordFile/ },
    'broker.keepaliveSeconds': {
      source: `${file}:5:3`,
      expected: 'an integer from 5 to 3600 (seconds)',
      found: '2',
    },
    'serverPorts[1]': { source: `${file}:6:19`, expected: 'an integer from 1 to 65535', found: '70000' },
    capture: { source: `${file}:7:1`, expected: /a section with kind/, found: '5' },
    'alerts.examples': { source: 'environment variable FIRSTEIGHT_ALERTS_EXAMPLES', found: '"many"' },
    kernel: { source: 'flag --kernel', expected: 'one of best, simd, scalar', found: '"fast"' },
    'environment variable FIRSTEIGHT_BROKER_URI': { expected: /perhaps FIRSTEIGHT_BROKER_URL/ },
  })
  t.equal(found.size, 9, 'and nothing else')
  t.equal(error.message.split('\n').length, 9)
  t.notMatch(error.message, 'hunter2')
})

t.test('what is wrong in the file is told even where a later source overrides it', async (t) => {
  const error = failure({ file: fileWith(t, 'kernel: fast\n'), environment: { FIRSTEIGHT_KERNEL: 'simd' } })
  t.match(problemsOf(error), [{ path: 'kernel' }])
})

t.test('settings that need another one', async (t) => {
  const environment = {
    FIRSTEIGHT_CAPTURE_KIND: 'file',
    FIRSTEIGHT_BROKER_PASSWORD_FILE: 'p',
    FIRSTEIGHT_BROKER_KEY_FILE: 'k',
  }
  t.match(problemsOf(failure({ environment })), [
    {
      path: 'capture.kind',
      expected: /capture\.file/,
      source: 'environment variable FIRSTEIGHT_CAPTURE_KIND',
    },
    { path: 'broker.passwordFile', expected: /broker\.username/ },
    { path: 'broker.keyFile', expected: /broker\.certificateFile/ },
  ])
  t.match(problemsOf(failure({ environment: { FIRSTEIGHT_BROKER_CERTIFICATE_FILE: 'c' } })), [
    { path: 'broker.certificateFile', expected: /broker\.keyFile/ },
  ])
})

t.test('each bound is enforced at both ends', async (t) => {
  for (const { path, schema } of FIELDS.filter((field) => field.schema.type === 'integer')) {
    const at = (value: number) => ({ flags: [{ name: '--flag', path, value }] })
    t.equal(getAt(load(at(schema.minimum!)), path), schema.minimum, `${path} takes its minimum`)
    t.equal(getAt(load(at(schema.maximum!)), path), schema.maximum, `${path} takes its maximum`)
    t.match(problemsOf(failure(at(schema.minimum! - 1))), [{ path }])
    t.match(problemsOf(failure(at(schema.maximum! + 1))), [{ path }])
    t.match(problemsOf(failure(at(schema.minimum! + 0.5))), [{ path }])
  }
})

t.test('an endless list of mistakes is cut in the message, not in the details', async (t) => {
  const lines = Array.from({ length: 500 }, (_, index) => `unknown-${index}: 1`).join('\n')
  const error = failure({ file: fileWith(t, lines) })
  t.equal(problemsOf(error).length, 500)
  t.match(error.message, 'and 450 more problems')
})
