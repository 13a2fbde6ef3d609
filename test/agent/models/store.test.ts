import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { StoredModel } from '../../../agent/models/state.js'
import { ModelStore } from '../../../agent/models/store.js'
import type { ModelFile } from '../../../core/model-file.js'
import { cutModel } from '../../../core/model-manifest.js'
import { createListLog } from '../../support/link.js'
import { smallModel } from '../../support/models.js'

const { log } = createListLog()
const open = (folder: string) => ModelStore.open(folder, { log })
const signer = { keyId: 'ab'.repeat(32), name: 'ops', publicKey: '' }
const slotOf = ({ id }: ModelFile): StoredModel => ({ id, envelope: '', signer })

async function put(store: ModelStore, file: ModelFile, from = 0) {
  const { description, chunks } = cutModel(file, 8192)
  for (let number = from; number < chunks.length; number++)
    await store.putChunk(file.id, number, chunks[number]!)
  return description
}

t.test('chunks become a model, which a state names; what none names is deleted', async (t) => {
  const folder = join(t.testdir(), 'models')
  const { store, problem } = await open(folder)
  t.equal(problem, undefined)
  const [first, second] = [smallModel(1), smallModel(2)]
  const description = await put(store, first)
  t.equal((await store.chunksHeld(description)).size, description.chunkDigests.length)
  t.equal((await store.joinChunks(description)).id, first.id)
  await store.change({ candidate: slotOf(first) }, 'candidate')
  t.same(readdirSync(folder).sort(), [`${first.id}.model`, 'state.json'].sort(), 'its chunks are gone')
  await store.joinChunks(await put(store, second))
  await store.change({ active: slotOf(second), candidate: undefined }, 'switch')
  t.notOk(existsSync(join(folder, `${first.id}.model`)))
  const again = (await open(folder)).store
  t.match(again.state, { active: { id: second.id } })
  t.equal((await again.readModel(second.id)).id, second.id)
})

t.test('chunks that are damaged are not held, and make no model', async (t) => {
  const folder = t.testdir()
  const { store } = await open(folder)
  const file = smallModel(3)
  const description = await put(store, file)
  writeFileSync(join(folder, `${file.id}.1.chunk`), 'damaged')
  t.same([...(await store.chunksHeld(description))].includes(1), false)
  await t.rejects(store.joinChunks(description), { code: 'MODEL_MISMATCH' })
  await put(store, file, 1)
  const lying = { ...description, version: 77 }
  await t.rejects(store.joinChunks(lying), { code: 'MODEL_MISMATCH' }, 'the manifest says another version')
})

t.test('a model that was changed on disk is not read', async (t) => {
  const folder = t.testdir()
  const { store } = await open(folder)
  const [one, other] = [smallModel(4), smallModel(5)]
  writeFileSync(join(folder, `${one.id}.model`), other.bytes)
  await t.rejects(store.readModel(one.id), { code: 'MODEL_UNVERIFIED' })
  await t.rejects(store.readModel(other.id), { code: 'MODEL_MISSING' })
})

t.test('a state that cannot be read begins anew and says so', async (t) => {
  for (const text of ['', '{', '[]', '{"schemaVersion":1}', 'x'.repeat((1 << 20) + 1)]) {
    const folder = t.testdir({ 'state.json': text, 'left.model': '', 'left.0.chunk': '', 'other.txt': '' })
    const { store, problem } = await open(folder)
    t.equal(problem?.code, 'MODEL_UNVERIFIED', text.slice(0, 20))
    t.equal(store.state.active, 'shipped')
    t.same(readdirSync(folder).sort(), ['other.txt', 'state.json'], 'only what is its own is deleted')
  }
})

t.test('a folder that cannot be made', async (t) => {
  const folder = t.testdir({ file: '' })
  await t.rejects(open(join(folder, 'file', 'models')), { code: 'FILE_UNWRITABLE' })
})

t.test('a change that cannot be written has not happened', async (t) => {
  const folder = join(t.testdir(), 'models')
  const { store } = await open(folder)
  rmSync(folder, { recursive: true })
  await t.rejects(store.change({ minimumVersion: 9 }, 'x'), { code: 'FILE_UNWRITABLE' })
  t.equal(store.state.minimumVersion, 0)
})
