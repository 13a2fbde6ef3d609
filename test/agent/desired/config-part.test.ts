import t, { type Test } from 'tap'
import type { IncomingMessage, Mailbox } from '../../../agent/link/mailbox.js'
import type { BrokerMessage } from '../../../core/broker/connection.js'
import { decodeReportedConfig, decodeReportedKeys } from '../../../core/reported-config.js'
import { encodeChain } from '../../../core/signature/trust-store.js'
import {
  ALL,
  anException,
  desired,
  enrolledFolder,
  SITE,
  signedConfig,
  testParts,
} from '../../support/desired.js'
import { until } from '../../support/link.js'
import { signedKeys, testKey } from '../../support/signing.js'
import { streamRecord } from '../../support/stream-records.js'

const ops = testKey('ops')
const next = testKey('next')
const CAP = 'alerts.capPerMinute'

/** A mailbox whose broker is the test. */
class HandMailbox implements Mailbox {
  readonly takers = new Map<string, (message: IncomingMessage) => void>()
  readonly announced = new Map<string, BrokerMessage>()
  readonly proven = true

  subscribe(filter: string, take: (message: IncomingMessage) => void): void {
    this.takers.set(filter, take)
  }

  unsubscribe(filter: string): void {
    this.takers.delete(filter)
  }

  announce(message: BrokerMessage): void {
    this.announced.set(message.topic, message)
  }

  async send(): Promise<boolean> {
    return true
  }

  deliver(topic: string, payload: Uint8Array): void {
    this.takers.get(topic)!({ topic, payload, retained: true })
  }
}

const ROOT = 'firsteight/v1'
const ON = {
  all: `${ROOT}/_all/_all/config/desired`,
  site: `${ROOT}/branch-17/_all/config/desired`,
  node: `${ROOT}/branch-17/gate/config/desired`,
  keys: `${ROOT}/_all/_all/keys/desired`,
}

async function setUp(t: Test, folder = enrolledFolder(t, ops)) {
  const mailbox = new HandMailbox()
  const managed = await testParts(folder, mailbox)
  for (const part of managed.parts) await part.start()
  t.teardown(() => Promise.all(managed.parts.map((part) => part.stop())))
  const payload = (topic: string) => mailbox.announced.get(`${ROOT}/branch-17/gate/${topic}`)!.payload
  return {
    ...managed,
    mailbox,
    report: () => decodeReportedConfig(payload('config/reported')),
    keysReport: () => decodeReportedKeys(payload('keys/reported')),
    revisions: () => decodeReportedConfig(payload('config/reported')).levels.map(({ revision }) => revision),
  }
}

t.test('subscribes where messages for it may come, and reports from the start', async (t) => {
  const { mailbox, report, keysReport } = await setUp(t)
  t.same([...mailbox.takers.keys()].sort(), Object.values(ON).sort())
  t.match(report(), { levels: [], settings: [], waiting: [], refusals: [], refusedMessages: 0 })
  t.match(keysReport(), { revision: 0, keys: [{ name: 'ops', roles: [1, 2, 3, 4] }], refusedCode: '' })
  for (const message of mailbox.announced.values()) t.equal(message.retain, true)
})

t.test('what needs no restart is applied at once, the rest waits and is said to', async (t) => {
  const folder = enrolledFolder(t, ops)
  const { mailbox, applied, report } = await setUp(t, folder)
  mailbox.deliver(ON.node, signedConfig(ops, 4, desired({ [CAP]: 9, serverPorts: [53, 54] })))
  await until('it is reported', () => report().levels.length > 0)
  t.match(applied.at(-1), { alerts: { capPerMinute: 9 }, serverPorts: [53] })
  t.match(report(), {
    levels: [{ target: { site: 'branch-17', node: 'gate' }, revision: 4, keyName: 'ops' }],
    settings: [{ path: CAP, value: '9' }],
    waiting: [{ path: 'serverPorts', value: '[53,54]' }],
  })

  const again = await setUp(t, folder)
  t.match(again.applied, [{ alerts: { capPerMinute: 9 }, serverPorts: [53, 54] }], 'with the next start')
  t.match(again.report(), {
    settings: [
      { path: CAP, value: '9' },
      { path: 'serverPorts', value: '[53,54]' },
    ],
    waiting: [],
  })
})

t.test('an empty message, as of a deleted one, changes nothing', async (t) => {
  const { mailbox, fleet, report } = await setUp(t)
  mailbox.deliver(ON.all, signedConfig(ops, 4, desired({ [CAP]: 9 }), { target: ALL }))
  mailbox.deliver(ON.all, new Uint8Array(0))
  mailbox.deliver(ON.keys, new Uint8Array(0))
  mailbox.deliver(ON.node, signedConfig(ops, 4, desired({ [CAP]: 9 })))
  await until('what came last is in force', () => report().levels.length === 2)
  t.equal(fleet.refusals.length, 0)
})

t.test('exceptions come into force, are counted and reported', async (t) => {
  const { mailbox, exceptions, report } = await setUp(t)
  mailbox.deliver(
    ON.site,
    signedConfig(ops, 4, desired({}, { exceptions: [anException()] }), { target: SITE }),
  )
  await until('it is in force', () => report().exceptions.length > 0)
  exceptions.allows(streamRecord({ clientAddress: Uint8Array.of(10, 0, 0, 1), timeMicroseconds: 77 }))
  await until('the count is reported', () => report().exceptions[0]?.streams === 1)
  t.match(report().exceptions, [{ target: SITE, id: 'scanner', lastSeenMicroseconds: 77 }])
})

t.test('a flood of messages is bounded', async (t) => {
  const { mailbox, fleet, report } = await setUp(t)
  for (let revision = 1; revision <= 200; revision++) {
    mailbox.deliver(ON.node, signedConfig(next, revision, desired({})))
  }
  await until('the last of them is refused', () => report().refusals.length === 1)
  t.ok(fleet.refusalCounts.get('SIGNATURE_UNKNOWN_KEY')! <= 32)
  mailbox.deliver(ON.node, signedConfig(ops, 1, desired({})))
  await until('a good one still gets through', () => report().levels.length === 1)
})

t.test('keys change: reported, old settings dropped, those that waited for the key obeyed', async (t) => {
  const { mailbox, report, keysReport, revisions, trust, log } = await setUp(t)
  mailbox.deliver(ON.node, signedConfig(ops, 4, desired({ [CAP]: 9 })))
  mailbox.deliver(ON.all, signedConfig(next, 5, desired({ [CAP]: 8 }), { target: ALL }))
  await until('both are told', () => report().refusals.length === 1 && report().levels.length === 1)

  mailbox.deliver(ON.keys, encodeChain([signedKeys(next, 1, [next])]))
  await until('it is refused', () => keysReport().refusedCode === 'SIGNATURE_UNKNOWN_KEY')
  t.same([...trust.keys.byId.keys()], [ops.signing.id])

  mailbox.deliver(ON.keys, encodeChain([signedKeys(ops, 1, [ops, next])]))
  await until('the other key counts', () => revisions().length === 2)
  t.match(keysReport(), { revision: 1, keys: [{ name: 'ops' }, { name: 'next' }], refusedCode: '' })

  mailbox.deliver(ON.keys, encodeChain([signedKeys(ops, 1, [ops, next]), signedKeys(next, 2, [next])]))
  await until('the first key is out', () => report().levels.length === 1)
  t.match(report(), {
    levels: [{ revision: 5 }],
    settings: [{ path: CAP, value: '8' }],
    refusals: [{ code: 'SIGNATURE_UNKNOWN_KEY', revision: 4 }],
  })
  await until('keys are told', () => keysReport().revision === 2)
  t.match(log.join(''), 'other keys are trusted')
})
