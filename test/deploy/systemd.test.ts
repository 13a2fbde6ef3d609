import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { requires } from '../support/requires.js'

const UNIT = readFileSync('deploy/systemd/firsteight.service', 'utf8')
const CAPTURE = readFileSync('deploy/systemd/firsteight.service.d/capture.conf', 'utf8')

t.test(
  'systemd finds no fault in the unit and its drop-in',
  requires({ programs: ['systemd-analyze'] }),
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'firsteight-unit-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const unit = join(folder, 'firsteight.service')
    mkdirSync(`${unit}.d`)
    writeFileSync(unit, UNIT.replace('/usr/bin/node', process.execPath))
    writeFileSync(join(`${unit}.d`, 'capture.conf'), CAPTURE)
    const output = execFileSync('sh', ['-c', 'systemd-analyze verify "$1" 2>&1', 'sh', unit], {
      encoding: 'utf8',
    })
    t.notMatch(output, /firsteight/, output)
  },
)

t.test('the agent has no right but in the drop-in, and what V8 needs', async (t) => {
  t.match(UNIT, /^CapabilityBoundingSet=$/m)
  t.match(UNIT, /^MemoryDenyWriteExecute=no$/m)
  t.match(UNIT, /^ExecStart=.*node --v8-pool-size=1 /m)
  t.same(CAPTURE.match(/CAP_[A-Z_]+/g), ['CAP_NET_RAW', 'CAP_NET_RAW'])
})
