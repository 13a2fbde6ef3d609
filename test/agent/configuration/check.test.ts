import t from 'tap'
import { checkSource } from '../../../agent/configuration/check.js'

const check = (values: Record<string, unknown>) =>
  checkSource({ values, locate: (path) => `place of ${path.join('/')}` })

t.test('nothing set is nothing wrong', async (t) => {
  t.same(check({}), [])
})

t.test('one problem a field, however many rules it breaks', async (t) => {
  const problems = check({ broker: { url: `http://${'x'.repeat(5000)}` } })
  t.match(problems, [{ source: 'place of broker/url', path: 'broker.url' }])
  t.ok(problems[0]!.found.length <= 80, 'the value is shortened')
})

t.test('broker addresses', async (t) => {
  const good = [
    'mqtt://h',
    'mqtts://h:8883',
    'ws://h:80/mqtt?x=1',
    'wss://h/',
    'mqtt://[::1]:1883',
    'mqtt://10.0.0.1',
  ]
  const bad = [
    '',
    'h:1883',
    'http://h',
    'mqtt://',
    'mqtt://:1883',
    'mqtt://h:port',
    'mqtt://h:123456',
    'mqtt://a b',
  ]
  for (const url of good) t.same(check({ broker: { url } }), [], url)
  for (const url of [...bad, 'mqtt://u:p@h', 'mqtt://h/@x'])
    t.equal(check({ broker: { url } }).length, 1, url)
})

t.test('names that end up in topics', async (t) => {
  for (const site of ['a', 'Berlin-2', 'x'.repeat(64)]) t.same(check({ site }), [], site)
  for (const site of ['', '+', 'a/b', '#', '$SYS', '.', 'a\n', 'x'.repeat(65)])
    t.equal(check({ site }).length, 1, site)
})

t.test('unknown names are quoted, so that they cannot drive a terminal', async (t) => {
  const [problem] = check({ broker: { '\u001b[2J': 1 } })
  t.equal(problem?.path, 'broker."\\u001b[2J"')
})

t.test('wrong shapes', async (t) => {
  t.match(check({ broker: 5 }), [{ path: 'broker', found: '5' }])
  t.match(check({ broker: [] }), [{ path: 'broker', found: '[]' }])
  t.match(check({ serverPorts: 53 }), [{ path: 'serverPorts', expected: /a list of 1 to 64 different/ }])
  t.match(check({ serverPorts: [53, 53] }), [{ path: 'serverPorts' }])
  t.match(check({ serverPorts: [] }), [{ path: 'serverPorts' }])
  t.match(check({ site: null }), [{ path: 'site', found: 'null' }])
  t.match(check({ serverPorts: [[53]] }), [{ path: 'serverPorts[0]', found: '[53]' }])
})
