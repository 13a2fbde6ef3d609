import t from 'tap'
import { plainRecords, plainZone } from '../../../../lab/record/zones/plain-zone.js'

t.test('keeps the wanted types, with absolute names, each on one line', async (t) => {
  const records = plainRecords('127.0.0.1', ['SOA', 'NS', 'A', 'CNAME', 'MX', 'TXT'])
  t.same(records[0], {
    name: 'example.',
    type: 'SOA',
    data: 'ns.example. hostmaster.example. 1 60 30 86400 60',
  })
  t.same(
    records.find(({ name }) => name === 'ns.example.'),
    { name: 'ns.example.', type: 'A', data: '127.0.0.1' },
  )
  t.same(
    records.find(({ type }) => type === 'MX'),
    { name: 'mx1.example.', type: 'MX', data: '1 a1.example.' },
  )
  t.notOk(records.some(({ type }) => type === 'SRV' || type === 'DNAME'))
  t.equal(plainZone(records).trimEnd().split('\n').length, records.length)
})

t.test('long text is one line of strings, and too long text is left out', async (t) => {
  const texts = plainRecords('127.0.0.1', ['TXT']).filter(({ name }) => name.startsWith('size'))
  t.ok(texts.length > 50)
  for (const { data } of texts) t.match(data, /^"x*"( "x*")*$/)
  t.notOk(texts.some(({ name }) => name === 'size63000.example.'))
})
