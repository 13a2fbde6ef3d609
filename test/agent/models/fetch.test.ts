import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { MqttMailbox } from '../../../agent/link/mqtt-mailbox.js'
import { fetchChunks } from '../../../agent/models/fetch.js'
import { ModelStore } from '../../../agent/models/store.js'
import { chunkTopic, cutModel } from '../../../core/model-manifest.js'
import { createLink, createListLog, Receiver, until } from '../../support/link.js'
import { smallModel } from '../../support/models.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })
const file = smallModel(1)
const { description, chunks } = cutModel(file, 2048)

/** A store, a mailbox at a real broker, and somebody who publishes there. */
async function site(t: Test) {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const centre = await Receiver.connect(t, broker.url)
  const { log } = createListLog()
  const identity = { site: 'test', node: 'edge-1', bootId: randomUUID() }
  const mailbox = new MqttMailbox({ identity, log })
  const { link } = createLink(t, { url: broker.url }, { identity, mailbox })
  await link.start({ failFast: true })
  const folder = join(t.testdir(), 'models')
  const { store } = await ModelStore.open(folder, { log })
  const progress: number[] = []
  const refused: string[] = []
  const fetch = (signal = new AbortController().signal) =>
    fetchChunks(description, signal, {
      mailbox,
      store,
      progress: (held) => progress.push(held),
      refuse: ({ code }, topic) => refused.push(`${code} ${topic}`),
    })
  const publish = (number: number, payload: Uint8Array) =>
    centre.publish(chunkTopic(file.id, number), payload, { retain: true })
  return { folder, store, fetch, publish, progress, refused }
}

t.test(
  'what is missing is fetched; wrong chunks are refused, and the right ones waited for',
  MOSQUITTO,
  async (t) => {
    const { store, fetch, publish, progress, refused } = await site(t)
    t.ok(chunks.length > 8, 'more chunks than are asked for at once')
    await store.putChunk(file.id, 3, chunks[3]!)
    publish(0, Buffer.from('somebody else'))
    const fetched = fetch()
    await until('the wrong chunk is refused', () => refused.length === 1)
    for (const [number, chunk] of chunks.entries()) publish(number, chunk)
    await fetched
    t.same(refused, [`MODEL_CHUNK_INVALID ${chunkTopic(file.id, 0)}`])
    t.same(
      progress,
      [...progress].sort((a, b) => a - b),
    )
    t.equal(progress[0], 1, 'one was there before')
    t.equal(progress.at(-1), chunks.length)
    t.equal((await store.joinChunks(description)).id, file.id)
    const again = progress.length
    await fetch()
    t.same(progress.slice(again), [chunks.length], 'nothing is asked for twice')
  },
)

t.test('an end from outside, and a disk that takes nothing', MOSQUITTO, async (t) => {
  const { folder, fetch, publish } = await site(t)
  const stop = new AbortController()
  const fetched = fetch(stop.signal)
  publish(0, chunks[0]!)
  await until('the first is there', () => readdirSync(folder).length === 1)
  stop.abort(new Error('another order came'))
  await t.rejects(fetched, /another order came/)
  publish(1, chunks[1]!)
  await sleep(200)
  t.equal(readdirSync(folder).length, 1, 'nothing is written any more')
  rmSync(folder, { recursive: true })
  await t.rejects(fetch(), { code: 'FILE_UNWRITABLE' })
})
