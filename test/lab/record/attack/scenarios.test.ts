import { join } from 'node:path'
import t from 'tap'
import { reduceAttackCaptures } from '../../../../lab/census/reduce-attacks.js'
import { ATTACK_SCENARIOS } from '../../../../lab/record/attack/scenarios.js'
import { SHAPES } from '../../../../lab/record/attack/shaped.js'
import { record } from '../../../../lab/record/recorder.js'
import { requires } from '../../../support/requires.js'

t.test('names are unique and fit for file names', async (t) => {
  const names = ATTACK_SCENARIOS.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  for (const name of names) t.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
})

t.test('tunnels in well-formed DNS are a class of their own', async (t) => {
  const tunnels = ATTACK_SCENARIOS.filter((scenario) => scenario.class === 'tunnel')
  t.same(tunnels.map(({ name }) => name).sort(), ['dns2tcp', 'iodine'])
  t.ok(ATTACK_SCENARIOS.every((scenario) => scenario.class !== 'clean'))
})

t.test('every shape is played', async (t) => {
  const names = new Set(ATTACK_SCENARIOS.map(({ name }) => name))
  for (const { name } of SHAPES) t.ok(names.has(name), name)
})

const needs = {
  programs: ['ip', 'ss', 'tcpdump', 'openssl', 'redis-server', 'redis-cli', 'nc'],
  captureRight: true,
}

t.test('records real programs and reduces them to what each end said first', requires(needs), async (t) => {
  const folder = t.testdir({})
  const scenarios = ATTACK_SCENARIOS.filter(({ name }) => ['redis', 'all-ones', 'seven-bytes'].includes(name))
  const manifest = await record(scenarios, { outputFolder: folder, atOnce: 3, attempts: 2 })
  t.same(
    manifest.captures.map(({ file, class: kind }) => [file, kind]),
    ['redis', 'all-ones', 'seven-bytes'].map((name) => [`attack-${name}.pcap`, 'attack']),
    'in the order of the scenarios',
  )
  const census = await reduceAttackCaptures(manifest.captures.map(({ file }) => join(folder, file)))
  const said = (context: string, program: string) =>
    census.rows
      .filter((row) => row.context === context && row.program === program)
      .map(({ pattern }) => Buffer.from(pattern, 'hex').toString('latin1'))
  t.ok(said('tcp-query', 'redis').includes('*1\r\n$4\r\n'), 'an array of one')
  t.ok(said('tcp-response', 'redis').includes('$-1\r\n$-1') || said('tcp-response', 'redis').length >= 3)
  for (const context of ['udp-query', 'udp-response', 'tcp-query', 'tcp-response']) {
    t.same(said(context, 'all-ones'), ['\xff'.repeat(8)], context)
    t.same(said(context, 'seven-bytes'), [], `${context}: too short to be a pattern`)
  }
})

const dnsFirst = { programs: ['ip', 'tcpdump', 'named', 'dnssec-keygen', 'python3'], captureRight: true }

t.test('of flows that begin with DNS only the rest is attack', requires(dnsFirst), async (t) => {
  const folder = t.testdir({})
  const scenarios = ATTACK_SCENARIOS.filter(({ name }) => name === 'dns-first')
  const manifest = await record(scenarios, { outputFolder: folder })
  t.equal(manifest.captures[0]!.beginsWithDns, true)
  const census = await reduceAttackCaptures([join(folder, 'attack-dns-first.pcap')])
  const tcp = census.rows.filter(({ context }) => context === 'tcp-query')
  const udp = census.rows.filter(({ context }) => context === 'udp-query')
  t.ok(tcp.length > 100 && udp.length > 100, `${tcp.length} and ${udp.length} patterns`)
  // A question of dnspython's has flags 0x0100 or 0x0120 and one question.
  t.same(
    udp.filter(({ pattern }) => /^.{4}01[02]000010000$/.test(pattern)),
    [],
  )
  t.same(
    tcp.filter(({ pattern }) => /^00.{6}01[02]00001$/.test(pattern)),
    [],
  )
})
