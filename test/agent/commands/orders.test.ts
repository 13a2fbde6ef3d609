import { createHash, randomUUID } from 'node:crypto'
import t from 'tap'
import { sendCommand } from '../../../cli/send-command.js'
import { CHUNK_BYTES, decodeEvidenceChunk, MOST_LISTED } from '../../../core/command-message.js'
import { firsteight } from '../../../generated/messages.js'
import { evidenceAgent, NODE } from '../../support/evidence-agent.js'
import { requires } from '../../support/requires.js'

const { Order } = firsteight.v1
const MOSQUITTO = requires({ programs: ['mosquitto'] })

t.test('orders that ask for evidence where there is none', MOSQUITTO, async (t) => {
  const without = await evidenceAgent(t, { keepsEvidence: false })
  const send = (order: firsteight.v1.Command.$Properties, agent = without) =>
    sendCommand(agent.conversation, order, { target: NODE, signing: agent.signing, quietSeconds: 20 })
  const capture = { order: Order.ORDER_CAPTURE, seconds: 1, packets: 1, bytes: 1 }
  const fetch = { order: Order.ORDER_FETCH_EVIDENCE, eventId: randomUUID() }
  for (const order of [capture, fetch, { order: Order.ORDER_LIST_EVIDENCE }])
    await t.rejects(send(order), { code: 'EVIDENCE_OFF' })
  const agent = await evidenceAgent(t)
  await t.rejects(send(fetch, agent), { code: 'EVIDENCE_UNKNOWN' })
  t.match(await send({ order: Order.ORDER_LIST_EVIDENCE }, agent), { files: [] })
})

t.test(
  'the newest files are listed; a file goes out in chunks, from where it is asked for',
  MOSQUITTO,
  async (t) => {
    const { store, centre, conversation, signing } = await evidenceAgent(t)
    const send = (order: firsteight.v1.Command.$Properties) =>
      sendCommand(conversation, order, { target: NODE, signing, quietSeconds: 20 })
    for (let number = 0; number < MOST_LISTED + 1; number++) {
      store!.write(randomUUID(), Buffer.alloc(1))
      await store!.settled()
    }
    const eventId = randomUUID()
    const content = Buffer.alloc(2 * CHUNK_BYTES + 5, 7)
    store!.write(eventId, content)
    await store!.settled()
    const { files } = await send({ order: Order.ORDER_LIST_EVIDENCE })
    t.equal(files.length, MOST_LISTED)
    t.match(files[0], { eventId, bytes: content.length }, 'the newest first')

    const { evidence, message } = await send({ order: Order.ORDER_FETCH_EVIDENCE, eventId, firstChunk: 1 })
    t.equal(message, '2 chunks sent')
    t.match(evidence, { bytes: content.length, chunks: 3, complete: true })
    t.same(Buffer.from(evidence!.sha256), createHash('sha256').update(content).digest())
    const sent = centre.received.filter(({ topic }) => topic.includes(`/evidence/${eventId}/`))
    t.same(
      sent.map(({ payload }) => decodeEvidenceChunk(payload).number),
      [1, 2],
    )
  },
)

t.test('what is told of status, metrics, rebirth and reload', MOSQUITTO, async (t) => {
  const { told, reload, conversation, signing } = await evidenceAgent(t)
  const message = async (order: firsteight.v1.Order) =>
    (await sendCommand(conversation, { order }, { target: NODE, signing, quietSeconds: 20 })).message
  t.equal(await message(Order.ORDER_METRICS), 'the broker did not take the metrics')
  t.equal(await message(Order.ORDER_STATUS), 'the status is published')
  await message(Order.ORDER_REBIRTH)
  t.same(told, ['status', 'status', 'all'])
  t.equal(await message(Order.ORDER_RELOAD), 'no setting has changed')
  reload.waiting.push('serverPorts')
  t.equal(await message(Order.ORDER_RELOAD), 'in force: nothing new; at the next start: serverPorts')
  reload.changed.push(...Array.from({ length: 200 }, (_, number) => `setting-${number}`))
  t.equal((await message(Order.ORDER_RELOAD)).length, 1024)
})
