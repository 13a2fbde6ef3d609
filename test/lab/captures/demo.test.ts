import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { digestOf } from '../../../lab/files.js'
import type { Manifest } from '../../../lab/record/manifest.js'

/** Project root, seen from dist/test/lab/captures. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..')
const FOLDER = join(ROOT, 'lab', 'captures')

t.test('the shipped demo capture is the one that its manifest describes', async (t) => {
  const manifest = JSON.parse(readFileSync(join(FOLDER, 'manifest.json'), 'utf8')) as Manifest
  const [entry] = manifest.captures
  t.equal(manifest.captures.length, 1)
  t.equal(entry!.file, 'demo.pcap')
  t.equal(await digestOf(join(FOLDER, entry!.file)), entry!.sha256)
  t.ok(statSync(join(FOLDER, entry!.file)).size < 300_000)
})
