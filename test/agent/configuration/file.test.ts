import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readConfigFile } from '../../../agent/configuration/file.js'

function fileWith(t: Test, text: string | Buffer): string {
  return join(t.testdir({ 'agent.yaml': text }), 'agent.yaml')
}

function refused(t: Test, text: string | Buffer, message: RegExp, code = 'CONFIG_INVALID') {
  t.throws(
    () => readConfigFile(fileWith(t, text)),
    { code, message },
    JSON.stringify(text.toString().slice(0, 40)),
  )
}

t.test('YAML and JSON give the same values', async (t) => {
  const yaml = readConfigFile(fileWith(t, 'site: a\nbroker: { protocol: 3.1.1 }\n'))
  const json = readConfigFile(fileWith(t, '{\r\n\t"site": "a",\r\n\t"broker": { "protocol": "3.1.1" }\r\n}'))
  t.same(yaml.values, { site: 'a', broker: { protocol: '3.1.1' } })
  t.same(json.values, yaml.values)
})

t.test('places', async (t) => {
  const file = fileWith(t, 'a: 1\nb:\n  c: 2\n  d: [7,\n      8]\n')
  const { locate } = readConfigFile(file)
  t.equal(locate(['a']), `${file}:1:1`)
  t.equal(locate(['b', 'c']), `${file}:3:3`)
  t.equal(locate(['b', 'd', '1']), `${file}:5:7`)
  t.equal(locate(['b', 'unknown']), `${file}:2:1`, 'as far down as it goes')
  t.equal(locate([]), `${file}:1:1`)
})

t.test('syntax errors carry line and column', async (t) => {
  refused(t, 'a: 1\nb: c: d\n', /agent\.yaml:2:4: /)
  refused(t, 'a: [1', /agent\.yaml:1:\d+: /)
  refused(t, 'a: 1\na: 2\n', /agent\.yaml:2:1: .*unique/)
  refused(t, 'a: !!js/function x\n', /agent\.yaml:1:4: .*tag/)
  refused(t, 'a: 1\n---\nb: 2\n', /agent\.yaml:2:1: /)
  refused(t, '? [a]\n: 1\n', /agent\.yaml:1:\d+: .*strings/)
  refused(t, '- a\n', /agent\.yaml:1:1: expected settings/)
  refused(t, 'just text', /agent\.yaml:1:1: expected settings/)
  refused(t, 'a: &x [1]\nb: *x\n', /[Aa]lias/)
})

t.test('files that cannot be read', async (t) => {
  const unreadable = { code: 'CONFIG_UNREADABLE' }
  t.throws(() => readConfigFile(join(t.testdirName, 'missing.yaml')), { ...unreadable, hint: /sample/ })
  t.throws(() => readConfigFile(t.testdir({})), { ...unreadable, message: /not a regular file/ })
  refused(t, Buffer.from([0x61, 0x3a, 0xff]), /./, 'CONFIG_UNREADABLE')
  refused(t, `# ${'x'.repeat(64 * 1024)}`, /larger than/, 'CONFIG_UNREADABLE')
})

t.test('names that JavaScript gives a meaning to stay plain data', async (t) => {
  const { values } = readConfigFile(fileWith(t, '__proto__:\n  site: x\n'))
  t.equal((values as { site?: string }).site, undefined)
  t.same(Object.keys(values), ['__proto__'])
  t.equal(({} as { site?: string }).site, undefined)
})

t.test('nesting that would run a parser out of stack', async (t) => {
  for (const level of ['[', '{a: ', '- ', '? ', '- ? ', '- [', 'a: [']) {
    refused(t, level.repeat(Math.floor(60_000 / level.length)), /nested too deeply/)
  }
  const steps = Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
  refused(t, steps, /nested too deeply/)
})
