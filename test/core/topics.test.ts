import t from 'tap'
import {
  channelFilter,
  matchesFilter,
  nameProblem,
  nodePath,
  nodeTopic,
  parsePath,
  parseTopic,
  pathsToward,
  targetPath,
} from '../../core/topics.js'

t.test('a topic parses into what it was built from', async (t) => {
  for (const name of [
    { site: 'branch-17', node: 'edge-1' },
    { site: 'Zürich HB', node: '路由器' },
    { site: 'x'.repeat(64), node: '.' },
  ]) {
    const topic = nodeTopic(name, 'anomaly')
    t.equal(topic, `firsteight/v1/${name.site}/${name.node}/anomaly`)
    t.same(parseTopic(topic), { ...name, channel: 'anomaly' })
  }
})

t.test('bad names are refused, naming the field', async (t) => {
  const bad = ['', 'a/b', '+', '#', '$SYS', 'a\0b', 'a\nb', 'a\u0085b', 'a\u202eb', '\ud800', 'é'.repeat(33)]
  for (const name of bad) {
    t.throws(() => nodeTopic({ site: name, node: 'n' }, 'status'), {
      code: 'TOPIC_INVALID',
      message: /^site /,
      details: { field: 'site' },
    })
    t.throws(() => nodeTopic({ site: 's', node: name }, 'status'), { message: /^node / })
    t.throws(() => channelFilter('status', { node: name }), { code: 'TOPIC_INVALID' })
    t.type(nameProblem(name), 'string')
  }
  t.type(nameProblem(undefined), 'string')
})

t.test('filters leave out what was not asked for', async (t) => {
  t.equal(channelFilter('anomaly'), 'firsteight/v1/+/+/anomaly')
  t.equal(channelFilter('status', { site: 's' }), 'firsteight/v1/s/+/status')
  t.equal(channelFilter('status', { node: 'n' }), 'firsteight/v1/+/n/status')
  t.equal(channelFilter('anomaly', { site: 's', node: 'n' }), 'firsteight/v1/s/n/anomaly')
})

t.test('other topics do not parse', async (t) => {
  for (const topic of [
    '',
    'firsteight/v1/s/n',
    'firsteight/v1/s/n/',
    'firsteight/v1/s/n/toString',
    'firsteight/v1/s/n/anomaly/',
    'firsteight/v1/s/n/anomaly/x/y',
    'firsteight/v2/s/n/anomaly',
    'firsteight/v1//n/anomaly',
    '/firsteight/v1/s/n/anomaly',
    'firsteight/v1/s/n\n/anomaly',
  ]) {
    t.equal(parseTopic(topic), undefined, JSON.stringify(topic))
  }
})

t.test('deeper topics, for one node, a site and all', async (t) => {
  const name = { site: 's', node: 'n' }
  t.equal(nodePath(name, 'cmd/7/result'), 'firsteight/v1/s/n/cmd/7/result')
  t.same(parsePath('firsteight/v1/s/n/cmd/7/result'), { ...name, path: 'cmd/7/result' })
  t.same(pathsToward(name, 'config/desired'), [
    'firsteight/v1/s/n/config/desired',
    'firsteight/v1/s/_all/config/desired',
    'firsteight/v1/_all/_all/config/desired',
  ])
  t.equal(targetPath({ site: 's', node: '' }, 'x'), 'firsteight/v1/s/_all/x')
  t.throws(() => nodePath({ site: 'a/b', node: 'n' }, 'x'), { code: 'TOPIC_INVALID' })
  for (const topic of ['firsteight/v1/s/n', 'firsteight/v2/s/n/x', 'firsteight/v1//n/x', '']) {
    t.equal(parsePath(topic), undefined, topic)
  }
})

t.test('filters match as MQTT says', async (t) => {
  const matches: [filter: string, topic: string, expected: boolean][] = [
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a//c', true],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['a/b/#', 'a', false],
    ['a/b/#', 'a/c/d', false],
    ['#', 'a/b', true],
  ]
  for (const [filter, topic, expected] of matches)
    t.equal(matchesFilter(filter, topic), expected, `${filter} ${topic}`)
})
