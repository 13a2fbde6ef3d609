import t, { type Test } from 'tap'
import type { CaptureSource, PacketSink } from '../../../agent/capture/source.js'
import { Scorer } from '../../../agent/score/scorer.js'
import { Kernel } from '../../../core/kernel.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'
import { RecordingSink } from '../../support/recording-sink.js'

/** A source under test and the traffic that it is to see. */
export interface Rig {
  /** Where the traffic goes. */
  port: number
  /** A new source of the same traffic. */
  source(): CaptureSource
  /** Makes the traffic: these UDP payloads, in order. Resolves when the source can have all of it. */
  send(payloads: readonly string[]): Promise<void>
  /** Ends the traffic, for sources that end by themselves. */
  close?(): Promise<void>
}

export interface Subject {
  name: string
  kind: CaptureSource['kind']
  /** Whether the source ends by itself when the traffic does. */
  ends: boolean
  /** Whether it knows what it received and dropped, at the latest when it has ended. */
  knowsStatistics: boolean
  options: { skip?: string }
  /** @param payloads what `send` will be called with; a file must have it before the source runs */
  rig(t: Test, payloads: readonly string[]): Promise<Rig>
}

const PAYLOADS = Array.from({ length: 200 }, (_, index) => `payload ${index} ${'x'.repeat(index % 50)}`)

/** Runs a source and resolves when it is open; `ended` is the promise of `run`. */
export async function start(source: CaptureSource, sink: PacketSink): Promise<{ ended: Promise<void> }> {
  let ended: Promise<void> = Promise.resolve()
  await new Promise<void>((resolve, reject) => {
    ended = source.run(sink, resolve)
    ended.then(resolve, reject)
  })
  return { ended }
}

/** What every capture source must do. */
export function captureSourceContract(subject: Subject): void {
  t.test(`${subject.name}: the capture source contract`, subject.options, async (t) => {
    t.test('delivers every packet once, whole and in order', async (t) => {
      const rig = await subject.rig(t, PAYLOADS)
      const source = rig.source()
      t.equal(source.kind, subject.kind)
      t.not(source.description, '')
      const sink = new RecordingSink(1021)
      const before = Date.now() * 1000
      const { ended } = await start(source, sink)
      await rig.send(PAYLOADS)
      await rig.close?.()
      if (!subject.ends) await source.stop()
      await ended
      t.same(sink.payloads, PAYLOADS)
      t.ok(sink.packets.every(({ linkType }) => linkType === 1))
      t.ok(sink.packets.every(({ frame, originalLength }) => originalLength === frame.length))
      if (!subject.ends) {
        const after = Date.now() * 1000
        t.ok(
          sink.packets.every(
            (packet) => packet.timeMicroseconds >= before - 1000 && packet.timeMicroseconds <= after,
          ),
        )
      } else {
        t.ok(sink.ended, 'the sink is told of the end')
      }
      const { received, dropped } = source.statistics()
      if (subject.knowsStatistics) {
        t.ok(received !== undefined && received >= PAYLOADS.length)
        t.equal(dropped, 0)
      } else {
        t.same({ received, dropped }, { received: undefined, dropped: undefined }, 'unknown is not zero')
      }
    })

    t.test(
      'stop delivers what was captured, may be called often, and a new source runs after it',
      async (t) => {
        const rig = await subject.rig(t, PAYLOADS)
        const counts: number[] = []
        for (const round of [1, 2]) {
          const source = rig.source()
          const sink = new RecordingSink()
          const { ended } = await start(source, sink)
          await rig.send([`round ${round}`, ...PAYLOADS])
          await Promise.all([source.stop(), source.stop()])
          await source.stop()
          await ended
          await rig.close?.()
          counts.push(sink.packets.length)
          if (!subject.ends) t.equal(sink.unread, 0, 'no record is cut')
        }
        if (!subject.ends) t.same(counts, [PAYLOADS.length + 1, PAYLOADS.length + 1])
      },
    )

    t.test('fills the memory of the real kernel, which sees every stream', async (t) => {
      const rig = await subject.rig(t, PAYLOADS)
      const kernel = await Kernel.load()
      kernel.loadModel(encodeModelFile(randomModel({ seed: 1 })))
      kernel.setServerPorts([rig.port])
      kernel.reportEveryStream(true)
      const seen: string[] = []
      const scorer = new Scorer(kernel, ({ payloadPrefix }) => {
        seen.push(Buffer.from(payloadPrefix).toString('latin1'))
      })
      const source = rig.source()
      const { ended } = await start(source, scorer)
      await rig.send(PAYLOADS)
      await rig.close?.()
      if (!subject.ends) await source.stop()
      await ended
      t.same(
        seen,
        PAYLOADS.map((payload) => payload.slice(0, 64)),
      )
      t.equal(scorer.counters().packets, PAYLOADS.length)
    })

    t.test('a source that was stopped before it ran ends at once', async (t) => {
      const rig = await subject.rig(t, PAYLOADS)
      const source = rig.source()
      await source.stop()
      const sink = new RecordingSink()
      await source.run(sink)
      t.equal(sink.packets.length, 0)
    })

    t.test('an error of the sink ends run with that error', async (t) => {
      const rig = await subject.rig(t, PAYLOADS)
      const source = rig.source()
      const sink = new RecordingSink()
      const broken = new Error('the sink is broken')
      sink.packet = sink.chunk = () => {
        throw broken
      }
      let ended: Promise<void> | undefined
      await new Promise<void>((resolve) => {
        ended = source.run(sink, resolve)
        ended.catch(() => resolve())
      })
      await rig.send(PAYLOADS).catch(() => {})
      await t.rejects(ended!, { message: 'the sink is broken' })
      await source.stop()
    })
  })
}
