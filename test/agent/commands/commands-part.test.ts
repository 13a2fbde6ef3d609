import { randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CommandsPart, type Execute } from '../../../agent/commands/commands-part.js'
import { MqttMailbox } from '../../../agent/link/mqtt-mailbox.js'
import { decodeCommandResult, encodeCommand } from '../../../core/command-message.js'
import { type Statement, signStatement } from '../../../core/signature/envelope.js'
import { firsteight } from '../../../generated/messages.js'
import { brokerRequires, type TestBroker, testBroker } from '../../support/brokers.js'
import { createLink, createListLog, Receiver, until } from '../../support/link.js'
import { NOW, type TestKey, testKey, testStatement, trusting } from '../../support/signing.js'

const { CommandState, Order } = firsteight.v1
const NODE = { site: 'test', node: 'edge-1' }
const [ops, clerk, stranger] = [testKey('ops'), testKey('clerk', ['keys', 'config']), testKey('stranger')]

/** An agent's part for commands on a real link; `done` lists the commands that were carried out. */
async function agent(t: Test, broker: TestBroker, path: string, more: [firsteight.v1.Order, Execute][] = []) {
  const identity = { ...NODE, bootId: randomUUID() }
  const { log } = createListLog()
  const mailbox = new MqttMailbox({ identity, log })
  const done: string[] = []
  const part = new CommandsPart({
    speaker: identity,
    sequence: () => 0,
    mailbox,
    keys: () => trusting(ops, clerk),
    now: () => NOW,
    path,
    orders: new Map<firsteight.v1.Order, Execute>([
      [
        Order.ORDER_STATUS,
        ({ id }) => {
          done.push(id)
          return { message: `number ${done.length}` }
        },
      ],
      ...more,
    ]),
    log,
  })
  await part.start()
  const { link } = createLink(t, broker.settings, { identity, mailbox })
  await link.start({ failFast: true })
  await until('subscriptions work', () => mailbox.proven)
  return { part, link, done }
}

function command(
  id: string,
  change: Partial<Statement> = {},
  key: TestKey = ops,
  order = Order.ORDER_STATUS,
) {
  const payload = encodeCommand({ id, order })
  return signStatement(
    testStatement({ payloadType: 'firsteight.v1.Command', payload, ...change }),
    key.signing,
  )
}

function results(centre: Receiver, id: string) {
  return centre.received
    .filter(({ topic }) => topic === `firsteight/v1/test/edge-1/cmd/${id}/result`)
    .map(({ payload }) => decodeCommandResult(payload))
}

const ended = (centre: Receiver, id: string) =>
  results(centre, id).filter(({ state }) => state !== CommandState.COMMAND_RUNNING)

async function start(t: Test) {
  const broker = await testBroker(t)
  const centre = await Receiver.connect(t, broker)
  const path = join(t.testdir(), 'commands.json')
  const send = (id: string, payload: Uint8Array, where = 'test/edge-1') =>
    centre.publish(`firsteight/v1/${where}/cmd/${id}`, payload)
  return { broker, centre, path, send }
}

const NEEDS = brokerRequires()

t.test('hostile commands: each refused and reported, none carried out', NEEDS, async (t) => {
  const { broker, centre, path, send } = await start(t)
  const retained = randomUUID()
  centre.publish(`firsteight/v1/test/edge-1/cmd/${retained}`, command(retained), { retain: true })
  await until('it is retained', () => centre.received.length > 0)
  const { part, done } = await agent(t, broker, path)
  await until('the retained one is refused', () => ended(centre, retained).length > 0)
  t.match(ended(centre, retained), [{ state: CommandState.COMMAND_REFUSED, code: 'COMMAND_RETAINED' }])

  const cut = (bytes: Uint8Array, length: number) => bytes.subarray(0, length)
  const changed = (bytes: Uint8Array) => {
    const copy = Buffer.from(bytes)
    copy[20]! ^= 1
    return copy
  }
  const other = randomUUID()
  const table: [what: string, code: string, make: (id: string) => Uint8Array][] = [
    ['no envelope', 'ENVELOPE_MALFORMED', () => Buffer.from('status, please')],
    [
      'unsigned',
      'SIGNATURE_MISSING',
      () => firsteight.v1.Envelope.encode({ statement: Buffer.from('x'), keyId: Buffer.alloc(32) }).finish(),
    ],
    ['wrong key', 'SIGNATURE_UNKNOWN_KEY', (id) => command(id, {}, stranger)],
    ['key without the role', 'SIGNATURE_KEY_ROLE', (id) => command(id, {}, clerk)],
    ['changed on the way', 'SIGNATURE_INVALID', (id) => changed(command(id))],
    ['expired', 'ENVELOPE_EXPIRED', (id) => command(id, { expiresAt: NOW - 1 })],
    ['not yet valid', 'ENVELOPE_NOT_YET_VALID', (id) => command(id, { notBefore: NOW + 1 })],
    ['another node', 'ENVELOPE_TARGET', (id) => command(id, { target: { site: 'test', node: 'edge-2' } })],
    ['another site', 'ENVELOPE_TARGET', (id) => command(id, { target: { site: 'elsewhere', node: '' } })],
    ['another type', 'ENVELOPE_TYPE', (id) => command(id, { payloadType: 'firsteight.v1.DesiredConfig' })],
    ['truncated', 'ENVELOPE_MALFORMED', (id) => cut(command(id), command(id).length - 1)],
    ['oversized', 'ENVELOPE_TOO_LARGE', () => Buffer.alloc(65_537)],
    ['the id of another topic', 'COMMAND_ID', () => command(other)],
    [
      'a payload that is no command',
      'MESSAGE_INVALID',
      (id) => command(id, { payload: Buffer.from('noise') }),
    ],
    [
      'an unknown order',
      'MESSAGE_INVALID',
      (id) =>
        command(id, {
          payload: firsteight.v1.Command.encode({
            schemaVersion: 1,
            id,
            order: 99 as firsteight.v1.Order,
          }).finish(),
        }),
    ],
    [
      'an order that this agent cannot do',
      'COMMAND_UNSUPPORTED',
      (id) => command(id, {}, ops, Order.ORDER_RELOAD),
    ],
  ]
  for (const [what, code, make] of table) {
    const id = randomUUID()
    const [before, all] = [part.refusals.get(code) ?? 0, centre.received.length]
    send(id, make(id))
    await until(
      `${what}: an answer`,
      () => ended(centre, id).length > 0 || part.refusals.get(code) === before + 1,
    )
    await until(`${what}: it is reported`, () => centre.received.length > all + 1)
    t.match(ended(centre, id), [{ state: CommandState.COMMAND_REFUSED, code }], what)
    t.equal(part.refusals.get(code), before + 1, `${what}: counted`)
    t.equal(
      part.commandResults.get('refused'),
      [...part.refusals.values()].reduce((sum, n) => sum + n),
    )
  }
  t.same(done, [], 'none was carried out')

  const id = randomUUID()
  send(id, command(id))
  await until('a good one is done', () => ended(centre, id).length > 0)
  t.same(done, [id])
  t.equal(part.commandResults.get('done'), 1)
})

t.test(
  'the same command again gives the same result, also after a restart; another content is refused',
  NEEDS,
  async (t) => {
    const { broker, centre, path, send } = await start(t)
    const first = await agent(t, broker, path)
    const id = randomUUID()
    send(id, command(id))
    await until('it is done', () => ended(centre, id).length === 1)
    send(id, command(id))
    send(id, command(id, {}, ops), '_all/_all')
    await until('it is answered again', () => ended(centre, id).length === 3)
    send(id, command(id, {}, ops, Order.ORDER_METRICS))
    await until('another content is refused', () => ended(centre, id).length === 4)
    t.equal(ended(centre, id)[3]!.code, 'COMMAND_ID')
    t.same(first.done, [id])
    t.equal(statSync(path).mode & 0o777, 0o600)
    await first.part.stop()
    await first.link.stop()

    const second = await agent(t, broker, path)
    send(id, command(id))
    await until('the next start answers, too', () => ended(centre, id).length === 5)
    t.same(ended(centre, id)[4], ended(centre, id)[0], 'the stored result')
    send(id, command(id, {}, ops, Order.ORDER_METRICS))
    await until('and refuses', () => ended(centre, id).length === 6)
    t.equal(ended(centre, id)[5]!.code, 'COMMAND_ID')
    t.same(second.done, [])
  },
)

t.test('a command that the end of the agent cut off is not begun again', NEEDS, async (t) => {
  const { broker, centre, path, send } = await start(t)
  let begun = 0
  const endless: Execute = () => {
    begun++
    return new Promise(() => {})
  }
  const first = await agent(t, broker, path, [[Order.ORDER_CAPTURE, endless]])
  const id = randomUUID()
  const payload = encodeCommand({ id, order: Order.ORDER_CAPTURE, seconds: 1, packets: 1, bytes: 1 })
  send(id, command(id, { payload }))
  await until('it has begun', () => begun === 1)
  send(id, command(id, { payload }))
  const written = () => JSON.parse(readFileSync(path, 'utf8')).commands
  t.match(written(), [{ id }], 'on disk before it began')
  await first.link.stop()

  await agent(t, broker, path, [[Order.ORDER_CAPTURE, endless]])
  send(id, command(id, { payload }))
  await until('it is answered', () => ended(centre, id).length > 0)
  t.match(ended(centre, id), [{ state: CommandState.COMMAND_FAILED, code: 'COMMAND_INTERRUPTED' }])
  t.equal(begun, 1)
})

t.test('a flood of refused commands is answered in part, and counted', NEEDS, async (t) => {
  const { broker, centre, path, send } = await start(t)
  const { part, done } = await agent(t, broker, path)
  for (let number = 0; number < 400; number++) send(randomUUID(), Buffer.from('noise'))
  const counted = () => [...part.refusals.values()].reduce((sum, count) => sum + count, 0)
  await until('all are counted', () => counted() === 400)
  t.ok(part.refusals.get('COMMAND_BUSY')! > 100, 'most were not even looked at')
  const answers = centre.received.filter(({ topic }) => topic.endsWith('/result')).length
  t.ok(answers < 200, `${answers} answers`)
  const id = randomUUID()
  await until('a good command is done soon after', () => {
    if (done.length === 0) send(id, command(id))
    return done.length > 0
  })
  t.same(done, [id])
})
