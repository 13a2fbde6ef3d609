import t from 'tap'
import { RepeatGate } from '../../../core/broker/repeat-gate.js'

t.test('a reason is let through when new and then ever more rarely', async (t) => {
  const gate = new RepeatGate()
  const allowed: number[] = []
  for (let minute = 0; minute <= 240; minute++) if (gate.allows('down', minute * 60_000)) allowed.push(minute)
  t.same(allowed, [0, 1, 3, 7, 15, 31, 63, 123, 183])
})

t.test('another reason, or the same after it was over, is new', async (t) => {
  const gate = new RepeatGate()
  t.ok(gate.allows('a', 0))
  t.notOk(gate.allows('a', 1))
  t.ok(gate.allows('b', 2))
  t.ok(gate.allows('a', 3))
  gate.clear()
  t.ok(gate.allows('a', 4))
})
