import t from 'tap'
import { digestOf } from '../../../agent/desired/accept.js'
import { MqttMailbox } from '../../../agent/link/mqtt-mailbox.js'
import { encodeDesiredConfig } from '../../../core/desired-config.js'
import { decodeReportedConfig } from '../../../core/reported-config.js'
import { signStatement } from '../../../core/signature/envelope.js'
import type { Target } from '../../../core/signature/target.js'
import { targetPath } from '../../../core/topics.js'
import { firsteight } from '../../../generated/messages.js'
import { brokerRequires, testBroker } from '../../support/brokers.js'
import {
  ALL,
  anException,
  desired,
  enrolledFolder,
  NODE,
  SITE,
  signedConfig,
  testParts,
} from '../../support/desired.js'
import { createLink, createListLog, Receiver, until } from '../../support/link.js'
import { NOW, testKey, testStatement } from '../../support/signing.js'

const { v1 } = firsteight
const ops = testKey('ops')
const modelKey = testKey('modeller', ['model'])
const stranger = testKey('stranger')
const CAP = desired({ 'alerts.capPerMinute': 1000 })

const good = signedConfig(ops, 20, CAP)
const { statement, keyId } = v1.Envelope.decode(good)
const otherSignature = v1.Envelope.decode(signedConfig(ops, 20, desired({}))).signature
const withUnknownField = Buffer.concat([encodeDesiredConfig(CAP), Uint8Array.of(0xf8, 0x01, 0x01)])
const ofOtherSchema = v1.DesiredConfig.encode({ schemaVersion: 2 }).finish()
const rawConfig = (payload: Uint8Array) =>
  signStatement(testStatement({ payload, revision: 20, target: NODE }), ops.signing)

/** What, where, which bytes, which code. Everything is of revision 20 or more where it is not said to be older. */
const HOSTILE: [what: string, topic: Target, envelope: Uint8Array, code: string][] = [
  ['unsigned', NODE, v1.Envelope.encode({ statement, keyId }).finish(), 'SIGNATURE_MISSING'],
  ['a key nobody trusts', NODE, signedConfig(stranger, 20, CAP), 'SIGNATURE_UNKNOWN_KEY'],
  ['a key for models', NODE, signedConfig(modelKey, 20, CAP), 'SIGNATURE_KEY_ROLE'],
  [
    'a trusted key, named only',
    NODE,
    v1.Envelope.encode({
      statement,
      keyId,
      signature: v1.Envelope.decode(signedConfig(stranger, 20, CAP)).signature,
    }).finish(),
    'SIGNATURE_INVALID',
  ],
  [
    'the signature of another message',
    NODE,
    v1.Envelope.encode({ statement, keyId, signature: otherSignature }).finish(),
    'SIGNATURE_INVALID',
  ],
  ['the revision before', NODE, signedConfig(ops, 9, CAP), 'ENVELOPE_OLD_REVISION'],
  ['the same revision, other settings', NODE, signedConfig(ops, 10, CAP), 'ENVELOPE_OLD_REVISION'],
  ['expired', NODE, signedConfig(ops, 20, CAP, { expiresAt: NOW - 1 }), 'ENVELOPE_EXPIRED'],
  ['not yet valid', NODE, signedConfig(ops, 20, CAP, { notBefore: NOW + 1 }), 'ENVELOPE_NOT_YET_VALID'],
  ['cut short', NODE, good.subarray(0, -1), 'ENVELOPE_MALFORMED'],
  ['half of it', NODE, good.subarray(0, good.length / 2), 'ENVELOPE_MALFORMED'],
  ['noise', NODE, Buffer.from('{"alerts":{"capPerMinute":1}}'), 'ENVELOPE_MALFORMED'],
  ['oversized', NODE, Buffer.concat([good, Buffer.alloc(65_536)]), 'ENVELOPE_TOO_LARGE'],
  [
    "another node's, on this one's topic",
    NODE,
    signedConfig(ops, 20, CAP, { target: { ...SITE, node: 'other' } }),
    'ENVELOPE_TARGET',
  ],
  [
    "another site's, on everybody's topic",
    ALL,
    signedConfig(ops, 20, CAP, { target: { site: 'branch-18', node: '' } }),
    'ENVELOPE_TARGET',
  ],
  [
    'a command where settings belong',
    NODE,
    signedConfig(ops, 20, CAP, { payloadType: 'firsteight.v1.Command' }),
    'ENVELOPE_TYPE',
  ],
  ['a field of a later version', NODE, rawConfig(withUnknownField), 'CONFIG_INVALID'],
  ['another schema', NODE, rawConfig(ofOtherSchema), 'CONFIG_INVALID'],
  ['a payload that is no message', NODE, rawConfig(Buffer.from('noise')), 'CONFIG_INVALID'],
  ['an unknown setting', NODE, signedConfig(ops, 20, desired({ 'alerts.capPerHour': 1 })), 'CONFIG_INVALID'],
  ['a prototype', NODE, signedConfig(ops, 20, desired({ '__proto__.polluted': 1 })), 'CONFIG_INVALID'],
  ['a cap of nothing', NODE, signedConfig(ops, 20, desired({ 'alerts.capPerMinute': 0 })), 'CONFIG_INVALID'],
  [
    "the agent's own program",
    NODE,
    signedConfig(ops, 20, desired({ 'capture.command': ['rm', '-rf', '/'] })),
    'CONFIG_INVALID',
  ],
  [
    'a kind that captures nothing',
    ALL,
    signedConfig(ops, 20, desired({ 'capture.kind': 'file' }), { target: ALL }),
    'CONFIG_INVALID',
  ],
  ['another broker', NODE, signedConfig(ops, 20, desired({ 'broker.url': 'mqtt://evil' })), 'CONFIG_INVALID'],
  ['another name', NODE, signedConfig(ops, 20, desired({ node: 'other' })), 'CONFIG_INVALID'],
  [
    'ports that leave out what is watched, on all nodes, without the flag',
    ALL,
    signedConfig(ops, 20, desired({ serverPorts: [54] }), { target: ALL }),
    'CONFIG_DISABLES_DETECTION',
  ],
  [
    'an exception for the only port, on all nodes, without the flag',
    ALL,
    signedConfig(ops, 20, desired({}, { exceptions: [withoutPeer({ port: 53 })] }), { target: ALL }),
    'CONFIG_DISABLES_DETECTION',
  ],
  [
    'an exception for everybody, on a site, without the flag',
    SITE,
    signedConfig(
      ops,
      20,
      desired({}, { exceptions: [anException({ peer: { address: new Uint8Array(4), prefixLength: 0 } })] }),
      { target: SITE },
    ),
    'CONFIG_DISABLES_DETECTION',
  ],
  [
    'an exception without a criterion, even with the flag',
    ALL,
    signedConfig(ops, 20, desired({}, { exceptions: [withoutPeer()], mayDisableDetection: true }), {
      target: ALL,
    }),
    'CONFIG_INVALID',
  ],
  [
    'an exception without an end',
    NODE,
    signedConfig(ops, 20, desired({}, { exceptions: [anException({ expiresAt: 0 })] })),
    'CONFIG_INVALID',
  ],
]

function withoutPeer(change: object = {}) {
  const { peer: _peer, ...rest } = anException()
  return { ...rest, ...change }
}

t.test(
  'every hostile message is refused and reported with its code, none is applied',
  brokerRequires(),
  async (t) => {
    const broker = await testBroker(t)
    const folder = enrolledFolder(t, ops, modelKey)
    const receiver = await Receiver.connect(t, broker)
    const reports = () =>
      receiver.received
        .filter(({ topic }) => topic.endsWith('/config/reported'))
        .map(({ payload }) => decodeReportedConfig(payload))
    const publish = (target: Target, envelope: Uint8Array) =>
      receiver.publish(targetPath(target, 'config/desired'), envelope, { retain: true })

    const start = async (bootId: string) => {
      const mailbox = new MqttMailbox({ identity: { ...NODE, bootId }, log: createListLog().log })
      const managed = await testParts(folder, mailbox)
      for (const part of managed.parts) await part.start()
      const { link } = createLink(t, { ...broker.settings, clientId: bootId }, { mailbox })
      await link.start({ failFast: true })
      return { ...managed, link }
    }

    const agent = await start('6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a11')
    const accepted = signedConfig(ops, 10, desired({ 'alerts.capPerMinute': 30 }))
    publish(NODE, accepted)
    await until('the good one is in force', () => reports().at(-1)?.levels[0]?.revision === 10)
    const applied = agent.applied.length

    for (const [index, [what, topic, envelope, code]] of HOSTILE.entries()) {
      publish(topic, envelope)
      await until(`${what} is reported`, () => reports().at(-1)?.refusedMessages === index + 1)
      const { refusals, levels, settings } = reports().at(-1)!
      const refusal = refusals.find(({ digest }) => Buffer.compare(digest, digestOf(envelope)) === 0)
      t.equal(refusal?.code, code, `${what}: ${refusal?.message}`)
      t.same(
        levels.map(({ revision }) => revision),
        [10],
      )
      t.same(settings, [{ path: 'alerts.capPerMinute', value: '30' }])
    }
    t.equal(agent.applied.length, applied, 'nothing was applied')
    t.same(({} as Record<string, unknown>).polluted, undefined)

    const names = reports()
      .flatMap(({ refusals }) => refusals)
      .flatMap(({ problems }) => problems.map(({ path }) => path))
    for (const name of ['alerts.capPerHour', 'capture.command', 'broker.url', 'exceptions[0]']) {
      t.ok(names.includes(name), `the report names ${name}`)
    }

    // After a restart, a message from before it is still an old one.
    for (const part of agent.parts) await part.stop()
    await agent.link.stop()
    await publish(NODE, signedConfig(ops, 9, CAP))
    const before = reports().length
    await start('6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a12')
    await until('the replay is reported', () =>
      reports()
        .slice(before)
        .some(({ refusals }) =>
          refusals.some(({ code, revision }) => code === 'ENVELOPE_OLD_REVISION' && revision === 9),
        ),
    )
    t.match(reports().at(-1), {
      levels: [{ revision: 10 }],
      settings: [{ path: 'alerts.capPerMinute', value: '30' }],
    })
  },
)
