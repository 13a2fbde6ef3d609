import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { captureProcess } from '../../support/capture-process.js'

const DIST = fileURLToPath(new URL('../../..', import.meta.url))

t.test('without the package cap: what is missing, and the way without it', async (t) => {
  // The capture sources alone, in a place with no node_modules above it.
  const above = join(tmpdir(), 'node_modules')
  if (!t.notOk(existsSync(above), `${above} is not there: cap would be found in it`)) return
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const part of ['agent/capture', 'core', 'test/support']) {
    mkdirSync(join(folder, part), { recursive: true })
    cpSync(join(DIST, part), join(folder, part), { recursive: true })
  }
  const child = join(folder, 'test/support/capture-child.js')
  const { outcome } = captureProcess([], { kind: 'cap' }, { child })
  t.match(await outcome, {
    error: { code: 'CAPTURE_NO_LIBPCAP', hint: /libpcap-dev.*npm rebuild cap.*stream/ },
  })
})
