import t from 'tap'
import { makeZones, rootHints, TEXT_SIZES } from '../../../../lab/record/zones/zone-data.js'

t.test('TXT records have the size that their name says', async (t) => {
  const text = makeZones('127.0.0.1').find(({ origin }) => origin === 'example.')!.text!
  for (const size of TEXT_SIZES) {
    const data = new RegExp(`^size${size} TXT \\(([^)]*)\\)`, 'm').exec(text)![1]!
    const strings = [...data.matchAll(/"(x*)"/g)].map((match) => match[1]!.length)
    t.ok(strings.every((length) => length <= 255))
    t.equal(
      strings.reduce((bytes, length) => bytes + 1 + length, 0),
      size,
    )
  }
})

t.test('children come before parents, which need their DS records', async (t) => {
  const origins = makeZones('127.0.0.1').map(({ origin }) => origin)
  t.equal(origins.at(-1), '.')
  t.ok(origins.indexOf('bogus.example.') < origins.indexOf('example.'))
})

t.test('the hints lead to the one server', async (t) => {
  t.match(rootHints('127.0.0.2'), /A 127\.0\.0\.2/)
})
