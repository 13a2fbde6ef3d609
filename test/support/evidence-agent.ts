import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { CommandsPart } from '../../agent/commands/commands-part.js'
import { ordersOf } from '../../agent/commands/orders.js'
import { EvidenceStore } from '../../agent/evidence/store.js'
import { MqttMailbox } from '../../agent/link/mqtt-mailbox.js'
import { Conversation } from '../../core/broker/conversation.js'
import { resolveBroker } from '../../core/broker/options.js'
import { generateKeyPair, verifyingKeyFrom } from '../../core/signature/keys.js'
import { trustedKeys } from '../../core/signature/trusted-keys.js'
import { createLink, createListLog, Receiver, until } from './link.js'
import { Mosquitto } from './mosquitto.js'

export const NODE = { site: 'test', node: 'edge-1' }

/** The part of an agent that obeys commands, with evidence on disk, at a broker of its own; and who talks with it. */
export async function evidenceAgent(t: Test, options: { keepsEvidence?: boolean } = {}) {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const folder = t.testdir()
  const { id, privatePem, publicPem } = generateKeyPair()
  const keyFile = join(folder, 'ops.key')
  writeFileSync(keyFile, privatePem, { mode: 0o600 })
  const key = verifyingKeyFrom(Buffer.from(publicPem.replace(/-----[^-]+-----|\n/g, ''), 'base64'))
  const { log } = createListLog()
  const identity = { ...NODE, bootId: randomUUID() }
  const mailbox = new MqttMailbox({ identity, log })
  const store =
    options.keepsEvidence === false
      ? undefined
      : await EvidenceStore.open({ folder: join(folder, 'evidence'), budgetBytes: 2 ** 26, log })
  const told: string[] = []
  const reload = { changed: [] as string[], waiting: [] as string[] }
  const part = new CommandsPart({
    speaker: identity,
    sequence: () => 0,
    mailbox,
    keys: () => trustedKeys(0, [{ key, name: 'ops', roles: ['keys', 'command'] }]),
    now: () => Date.now() * 1000,
    path: join(folder, 'commands.json'),
    orders: ordersOf({
      node: NODE,
      mailbox,
      evidence: { store, isOpen: () => false, capture: async () => ({ packets: 0, missed: 0 }) },
      publishStatus: () => told.push('status'),
      publishMetrics: async () => false,
      announceAll: () => told.push('all'),
      reload: () => reload,
      figures: () => new Map([['kernel.packets', 5]]),
    }),
    log,
  })
  await part.start()
  const { link } = createLink(t, { url: broker.url }, { identity, mailbox })
  await link.start({ failFast: true })
  await until('subscriptions work', () => mailbox.proven)
  const conversation = await Conversation.open(resolveBroker({ url: broker.url }, `test-${randomUUID()}`))
  t.teardown(() => conversation.close())
  const centre = await Receiver.connect(t, broker.url)
  return {
    ...{ folder, store, link, told, reload, conversation, centre, keyId: id },
    signing: { signWith: keyFile, validDays: 1 },
  }
}
