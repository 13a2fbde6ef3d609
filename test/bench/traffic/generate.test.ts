import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { generateFrames, pcapOf } from '../../../bench/traffic/generate.js'
import { Random } from '../../../bench/traffic/random.js'
import { requires } from '../../support/requires.js'

t.test('one seed, one capture', async (t) => {
  const bytes = (seed: number) => pcapOf(generateFrames(new Random(seed), 500))
  t.ok(bytes(1).equals(bytes(1)))
  t.notOk(bytes(1).equals(bytes(2)))
})

t.test('the traffic is what it says', requires({ programs: ['tshark'] }), async (t) => {
  const count = 4000
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'traffic.pcap')
  writeFileSync(file, pcapOf(generateFrames(new Random(5), count)))
  const output = execFileSync('tshark', ['-n', '-r', file, '-T', 'fields', '-e', 'frame.protocols'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines = output.trimEnd().split('\n')
  t.equal(lines.length, count)
  const share = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length / count
  t.ok(share(/udp:dns|tcp/) > 0.85, `DNS: ${share(/udp:dns|tcp/)}`)
  t.ok(share(/vlan/) > 0.2)
  t.ok(share(/ipv6/) > 0.1)
  t.ok(share(/:tcp/) > 0.1)
})
