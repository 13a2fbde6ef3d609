import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { AlertClass, Lane, Outbox, OutboxEntry } from '../../../agent/link/outbox.js'

/** A new entry, queued now. */
export function entry(change: Partial<OutboxEntry> & { bytes?: number } = {}): OutboxEntry {
  const { bytes = 10, ...rest } = change
  const payload = Buffer.alloc(bytes, 7)
  return { eventId: randomUUID(), class: 'review', queuedAtMilliseconds: Date.now(), payload, ...rest }
}

export interface Subject {
  name: string
  /** An empty outbox with room for thousands of small entries; what is pushed can be taken at once. */
  open(t: Test): Outbox
  /** Of the property. */
  numRuns: number
}

/** Takes all that can be taken from a lane. */
export function takeAll(outbox: Outbox, lane: Lane): OutboxEntry[] {
  const entries: OutboxEntry[] = []
  for (let next = outbox.take(lane); next; next = outbox.take(lane)) entries.push(next)
  return entries
}

export const idsOf = (entries: readonly OutboxEntry[]): string[] => entries.map(({ eventId }) => eventId)

/** What every outbox does, wherever it keeps its entries. */
export function outboxContract({ name, open, numRuns }: Subject): void {
  t.test(`${name}: entries leave in order and stay until they are acknowledged`, async (t) => {
    const outbox = open(t)
    const [a, b, c] = [entry({ bytes: 0 }), entry(), entry({ bytes: 65_536 })]
    for (const each of [a, b, c]) outbox.push(each)
    const first = outbox.take('live')!
    const second = outbox.take('live')!
    t.same(first, a)
    t.same(second, b)
    const third = outbox.take('live')!
    t.ok(Buffer.from(third.payload).equals(c.payload))
    t.equal(outbox.length, 3)
    outbox.acknowledge(second)
    outbox.acknowledge(second)
    t.equal(outbox.length, 2)
    outbox.restart()
    t.equal(outbox.take('live'), undefined, 'all of it is backlog now')
    t.same(idsOf(takeAll(outbox, 'backlog')), idsOf([a, c]))
    await outbox.close()
  })

  t.test(`${name}: an entry that is put back comes before those behind it`, async (t) => {
    const outbox = open(t)
    const [a, b, c] = [entry(), entry(), entry()]
    for (const each of [a, b, c]) outbox.push(each)
    const first = outbox.take('live')!
    const second = outbox.take('live')!
    outbox.putBack(second)
    outbox.putBack(first)
    outbox.putBack(first)
    t.same(idsOf(takeAll(outbox, 'live')), idsOf([a, b, c]))
    await outbox.close()
  })

  t.test(`${name}: escalations first, in each lane`, async (t) => {
    const outbox = open(t)
    const of = (alertClass: AlertClass) => {
      const made = entry({ class: alertClass })
      outbox.push(made)
      return made
    }
    const old = [of('review'), of('escalation'), of('review'), of('escalation')]
    outbox.restart()
    const news = [of('review'), of('escalation')]
    t.same(idsOf(takeAll(outbox, 'live')), idsOf([news[1]!, news[0]!]))
    t.same(idsOf(takeAll(outbox, 'backlog')), idsOf([old[1]!, old[3]!, old[0]!, old[2]!]))
    outbox.restart()
    t.same(
      idsOf(takeAll(outbox, 'backlog')),
      idsOf([old[1]!, old[3]!, news[1]!, old[0]!, old[2]!, news[0]!]),
      'the old order',
    )
    await outbox.close()
  })

  t.test(`${name}: says what it holds`, async (t) => {
    const outbox = open(t)
    t.match(outbox.statistics(), {
      length: 0,
      oldestSeconds: undefined,
      dropped: { escalation: 0, review: 0 },
    })
    outbox.push(entry({ queuedAtMilliseconds: Date.now() - 90_000 }))
    outbox.push(entry({ bytes: 1000 }))
    const { length, bytes, oldestSeconds } = outbox.statistics()
    t.equal(length, 2)
    t.ok(bytes >= 1010)
    t.ok(oldestSeconds! >= 90 && oldestSeconds! < 180)
    outbox.acknowledge(outbox.take('live')!)
    t.ok(outbox.statistics().oldestSeconds! < 90)
    await outbox.close()
  })

  t.test(`${name}: behaves as a plain list would, whatever is done to it`, async (t) => {
    const steps = ['push', 'push', 'urgent', 'backlog', 'live', 'acknowledge', 'putBack', 'restart'] as const
    let count = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...steps), { maxLength: 60, size: 'max' }),
        async (actions) => {
          const outbox = open(t)
          let held: Held[] = []
          let taken: OutboxEntry[] = []
          for (const action of actions) {
            count++
            if (action === 'push' || action === 'urgent') {
              const made = entry({ class: action === 'push' ? 'review' : 'escalation' })
              outbox.push(made)
              held.push({ entry: made, lane: 'live', waiting: true })
            } else if (action === 'backlog' || action === 'live') {
              const waiting = held.filter(({ lane, waiting }) => lane === action && waiting)
              const next = waiting.find(({ entry }) => entry.class === 'escalation') ?? waiting[0]
              const own = outbox.take(action)
              if (own?.eventId !== next?.entry.eventId) return false
              if (own) taken.push(own)
              if (next) next.waiting = false
            } else if (action === 'restart') {
              outbox.restart()
              taken = []
              for (const each of held) Object.assign(each, { lane: 'backlog', waiting: true })
            } else {
              const own = taken.pop()
              if (!own) continue
              outbox[action](own)
              if (action === 'acknowledge') held = held.filter(({ entry }) => entry.eventId !== own.eventId)
              else held.find(({ entry }) => entry.eventId === own.eventId)!.waiting = true
            }
            if (outbox.length !== held.length) return false
          }
          await outbox.close()
          return true
        },
      ),
      { numRuns },
    )
    t.ok(count > 5 * numRuns)
  })
}

/** What the property knows of an entry. */
interface Held {
  entry: OutboxEntry
  lane: Lane
  waiting: boolean
}
