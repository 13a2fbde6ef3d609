import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { pcapngSection } from '../../agent/evidence/pcapng.js'
import { fetchEvidence } from '../../cli/fetch-evidence.js'
import { CHUNK_BYTES } from '../../core/command-message.js'
import { evidenceAgent, NODE } from '../support/evidence-agent.js'
import { requires } from '../support/requires.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })

function section(comment: string, frames: number): Uint8Array {
  const frame = { timeMicroseconds: 5, linkType: 1, originalLength: 1400, bytes: Buffer.alloc(1400, frames) }
  const about = { comment, application: 'test', snaplen: 4096 }
  return pcapngSection({ ...about, frames: Array.from({ length: frames }, () => frame) })
}

const [first, second] = [section('before', 60), section('after', 40)]
const content = Buffer.concat([first, second])
const sha256 = createHash('sha256').update(first).digest('hex')

/** An agent that holds this file, and a way to fetch it to `path`. */
async function holding(t: Test, bytes: Uint8Array) {
  const { store, folder, conversation, signing } = await evidenceAgent(t)
  const eventId = randomUUID()
  store!.write(eventId, bytes)
  await store!.settled()
  const path = join(folder, 'fetched.pcapng')
  const arrived: number[] = []
  const fetch = (change: { sha256?: string; path?: string } = {}) =>
    fetchEvidence(conversation, {
      ...{ eventId, path, target: NODE, signing, quietSeconds: 20 },
      progress: (number) => arrived.push(number),
      ...change,
    })
  return { folder, path, fetch, arrived }
}

t.test(
  'a file of several chunks, checked; what an earlier run left is gone on from',
  MOSQUITTO,
  async (t) => {
    const { path, fetch, arrived } = await holding(t, content)
    t.ok(content.length > 2 * CHUNK_BYTES)
    writeFileSync(`${path}.partial`, content.subarray(0, CHUNK_BYTES + 100))
    t.match(await fetch({ sha256 }), { ...NODE, sectionSha256: sha256, sectionBytes: first.length })
    t.equal(Buffer.compare(readFileSync(path), content), 0)
    t.same(arrived, [2, 3], 'the first chunk was there')
    t.equal(statSync(path).mode & 0o777, 0o600)
    t.notOk(existsSync(`${path}.partial`))
  },
)

t.test('left-overs of another file are thrown away and all is fetched again', MOSQUITTO, async (t) => {
  const { path, fetch, arrived } = await holding(t, content)
  writeFileSync(`${path}.partial`, Buffer.alloc(2 * CHUNK_BYTES, 1))
  await fetch({ sha256 })
  t.equal(Buffer.compare(readFileSync(path), content), 0)
  t.same(arrived, [3, 1, 2, 3])
})

t.test('another file than the alert says, or none of evidence, is not kept', MOSQUITTO, async (t) => {
  const { path, fetch } = await holding(t, content)
  await t.rejects(fetch({ sha256: 'ab'.repeat(32) }), { code: 'EVIDENCE_MISMATCH', message: /first section/ })
  t.notOk(existsSync(path) || existsSync(`${path}.partial`))
  const other = await holding(t, Buffer.alloc(100, 1))
  await t.rejects(other.fetch(), { code: 'EVIDENCE_MISMATCH', message: /no evidence file/ })
  t.notOk(existsSync(other.path))
})

t.test('a place that cannot be written to', MOSQUITTO, async (t) => {
  const { folder, fetch } = await holding(t, content)
  const path = join(folder, 'folder')
  mkdirSync(`${path}.partial`, { recursive: true })
  await t.rejects(fetch({ path }), { code: 'FILE_UNWRITABLE' })
})
