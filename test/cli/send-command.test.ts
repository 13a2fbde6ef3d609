import t from 'tap'
import { sendCommand, signCommand } from '../../cli/send-command.js'
import { encodeCommandResult } from '../../core/command-message.js'
import { EVERY_NODE } from '../../core/signature/target.js'
import { firsteight } from '../../generated/messages.js'
import { evidenceAgent, NODE } from '../support/evidence-agent.js'
import { until } from '../support/link.js'
import { requires } from '../support/requires.js'
import { sampleHeader } from '../support/sample-messages.js'

const { CommandState, Order } = firsteight.v1
const MOSQUITTO = requires({ programs: ['mosquitto'] })
const NOBODY = { site: 'test', node: 'nobody' }

t.test('an order is checked and signed before anything is sent', async (t) => {
  const flags = { validDays: 1 }
  await t.rejects(signCommand({ order: Order.ORDER_STATUS }, NODE, flags), { code: 'USAGE' })
  const wrong = { order: Order.ORDER_CAPTURE, seconds: 9999, packets: 1, bytes: 1 }
  await t.rejects(signCommand(wrong, NODE, { ...flags, signWith: 'no.key' }), { code: 'MESSAGE_INVALID' })
  await t.rejects(signCommand({ order: Order.ORDER_STATUS }, NODE, { ...flags, signWith: 'no.key' }))
})

t.test('what a real agent did, of one node or the first of all', MOSQUITTO, async (t) => {
  const { conversation, signing } = await evidenceAgent(t)
  for (const target of [NODE, EVERY_NODE]) {
    const result = await sendCommand(
      conversation,
      { order: Order.ORDER_STATUS },
      { target, signing, quietSeconds: 20 },
    )
    t.match(result, { header: NODE, message: 'the status is published' })
    t.same(result.figures, [{ name: 'kernel.packets', value: 5 }])
  }
})

/** Sends a command to a node that is not there, in whose name somebody answers with these. */
async function answered(
  t: typeof import('tap').default,
  answers: (id: string) => Uint8Array[],
  quietSeconds = 20,
) {
  const { conversation, centre, signing } = await evidenceAgent(t as never)
  const sent = sendCommand(
    conversation,
    { order: Order.ORDER_STATUS },
    { target: NOBODY, signing, quietSeconds },
  )
  const isOrder = ({ topic }: { topic: string }) => /\/nobody\/cmd\/[^/]+$/.test(topic)
  sent.catch(() => {})
  await until('the command has come', () => centre.received.some(isOrder))
  const { topic } = centre.received.find(isOrder)!
  const id = topic.slice(topic.lastIndexOf('/') + 1)
  for (const answer of answers(id)) centre.publish(`${topic}/result`, answer)
  return sent
}

const result = (commandId: string, state: firsteight.v1.CommandState, code = '') =>
  encodeCommandResult({ header: sampleHeader(NOBODY), commandId, state, code, message: 'why' })

t.test('noise, and results of other commands, are passed over', MOSQUITTO, async (t) => {
  const answers = (id: string) => [
    Buffer.from([0xff, 0xff]),
    result('of another', CommandState.COMMAND_DONE),
    result(id, CommandState.COMMAND_RUNNING),
    result(id, CommandState.COMMAND_DONE),
  ]
  t.match(await answered(t as never, answers), { header: NOBODY, state: CommandState.COMMAND_DONE })
})

t.test('a refusal keeps its code; an unknown one is a failure', MOSQUITTO, async (t) => {
  const refusal = (code: string) => (id: string) => [result(id, CommandState.COMMAND_REFUSED, code)]
  await t.rejects(answered(t as never, refusal('SIGNATURE_UNKNOWN_KEY')), {
    code: 'SIGNATURE_UNKNOWN_KEY',
    message: 'test/nobody: why',
  })
  for (const code of ['', 'NEWER_THAN_THIS', 'toString'])
    await t.rejects(answered(t as never, refusal(code)), {
      code: 'COMMAND_FAILED',
      details: { agentCode: code },
    })
})

t.test('nobody answers', MOSQUITTO, async (t) => {
  const running = (id: string) => [result(id, CommandState.COMMAND_RUNNING)]
  await t.rejects(answered(t as never, running, 0.5), { code: 'COMMAND_NO_ANSWER' })
})
