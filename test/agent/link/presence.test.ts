import t from 'tap'
import { Presence } from '../../../agent/link/presence.js'
import { decodeStatus } from '../../../core/messages.js'
import { firsteight } from '../../../generated/messages.js'

t.test('birth, will and orderly end tell of the same agent on the same retained topic', async (t) => {
  const identity = { site: 's', node: 'n', bootId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10' }
  let sequence = 0
  const facts = { agentVersion: '1.2.3', modelId: 'cd'.repeat(32), kernel: 'scalar', capture: 'cap' } as const
  const presence = new Presence(identity, facts, () => ({
    sequence,
    outboxDropped: 2 * sequence,
    outboxStorage: 'memory',
  }))
  const before = Date.now() * 1000
  for (const [kind, state] of [
    ['birth', 'ONLINE'],
    ['will', 'OFFLINE'],
    ['stopped', 'STOPPED'],
  ] as const) {
    sequence++
    const message = presence[kind]()
    t.match(message, { topic: 'firsteight/v1/s/n/status', retain: true })
    const status = decodeStatus(message.payload)
    t.equal(firsteight.v1.State[status.state], state)
    t.match(status, { ...facts, outboxDropped: 2 * sequence, header: { ...identity, sequence } })
    t.ok(status.header.publishedAtMicroseconds >= before)
    t.ok(status.startedAtMicroseconds <= status.header.publishedAtMicroseconds)
  }
})
