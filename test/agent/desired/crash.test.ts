import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { openManagement } from '../../../agent/desired/management.js'
import { decodeReportedConfig, decodeReportedKeys } from '../../../core/reported-config.js'
import type { Statement } from '../../../core/signature/envelope.js'
import { EVERY_NODE } from '../../../core/signature/target.js'
import { encodeChain } from '../../../core/signature/trust-store.js'
import { targetPath } from '../../../core/topics.js'
import { brokerRequires, testBroker } from '../../support/brokers.js'
import { ALL, desired, enrolledFolder, localConfig, signedConfig } from '../../support/desired.js'
import { Receiver, until } from '../../support/link.js'
import { signedKeys, testKey } from '../../support/signing.js'

const CHILD = fileURLToPath(new URL('../../support/desired-child.js', import.meta.url))
const STEPS = ['written', 'synced', 'renamed', 'durable']
/** From that step on, the new file is the one that is read. */
const FIRST_NEW = STEPS.indexOf('renamed')

const ops = testKey('ops')
const MINUTE = 60_000_000
const NOW = Date.now() * 1000
const VALID: Partial<Statement> = { notBefore: NOW - MINUTE, expiresAt: NOW + 60 * MINUTE }

/** A real agent that ends with SIGKILL at one step of its writes. */
class Doomed {
  readonly process: ChildProcess
  readonly exited: Promise<unknown>
  output = ''

  constructor(t: Test, folder: string, broker: string, fatal: number) {
    this.process = spawn(process.execPath, [CHILD, folder, broker, String(fatal)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.process.stdout!.on('data', (data) => (this.output += data))
    this.exited = once(this.process, 'close')
    t.teardown(() => this.process.kill('SIGKILL'))
  }
}

async function setUp(t: Test) {
  const broker = await testBroker(t, { deaths: true })
  const folder = enrolledFolder(t, ops)
  const receiver = await Receiver.connect(t, broker)
  const last = (path: string) =>
    receiver.received.findLast(({ topic }) => topic.endsWith(`gate/${path}`))?.payload
  return {
    receiver,
    start: (fatal: number) => new Doomed(t, folder, JSON.stringify(broker.settings), fatal),
    /** What the next start would begin with. */
    kept: async () => (await openManagement(localConfig({ stateFolder: folder }), undefined, NOW))!,
    revision: () => {
      const payload = last('config/reported')
      return payload && decodeReportedConfig(payload).levels[0]?.revision
    },
    keyRevision: () => {
      const payload = last('keys/reported')
      return payload && decodeReportedKeys(payload).revision
    },
  }
}

/** Steps until death at this one of a start that first writes what stands at the broker, if the last start had not. */
const fatalStep = (index: number) => (index > 0 && index - 1 < FIRST_NEW ? STEPS.length : 0) + index + 1

t.test(
  'killed at every step of writing settings, the agent comes back with the old or the new ones, whole',
  brokerRequires(),
  async (t) => {
    const { receiver, start, kept, revision } = await setUp(t)
    const publish = (number: number) =>
      receiver.publish(
        targetPath(ALL, 'config/desired'),
        signedConfig(ops, number, desired({ 'alerts.capPerMinute': number }), { target: ALL, ...VALID }),
        { retain: true },
      )
    for (const [index, name] of STEPS.entries()) {
      const doomed = start(fatalStep(index))
      if (index > 0) await until('it runs the last ones and says so', () => revision() === index)
      publish(index + 1)
      await doomed.exited
      t.match(doomed.output, `step ${name} `, 'it died there')
      t.equal(doomed.process.signalCode, 'SIGKILL')
      const { fleet } = await kept()
      t.same(fleet.refusals, [])
      const expected = index < FIRST_NEW ? index : index + 1
      t.equal(fleet.levels[0]?.revision ?? 0, expected, `after ${name}`)
      t.equal(fleet.wanted.alerts.capPerMinute, expected || 60)
    }
    start(0)
    await until('the last ones are in force', () => revision() === STEPS.length)
  },
)

t.test(
  'killed at every step of writing keys, the agent trusts the old or the new ones, whole',
  brokerRequires(),
  async (t) => {
    const { receiver, start, kept, keyRevision } = await setUp(t)
    const keys = STEPS.map((name) => testKey(name))
    const chain: Uint8Array[] = []
    for (const [index, name] of STEPS.entries()) {
      const doomed = start(fatalStep(index))
      if (index > 0) await until('it trusts the last ones and says so', () => keyRevision() === index)
      chain.push(signedKeys(keys[index - 1] ?? ops, index + 1, [keys[index]!], VALID))
      receiver.publish(targetPath(EVERY_NODE, 'keys/desired'), encodeChain(chain), { retain: true })
      await doomed.exited
      t.match(doomed.output, `step ${name} `, 'it died there')
      const { trust } = await kept()
      t.equal(trust.keys.revision, index < FIRST_NEW ? index : index + 1, `after ${name}`)
    }
    start(0)
    await until('the last ones are trusted', () => keyRevision() === STEPS.length)
  },
)
