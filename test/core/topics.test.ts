import t from 'tap'
import { channelFilter, nameProblem, nodeTopic, parseTopic } from '../../core/topics.js'

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
