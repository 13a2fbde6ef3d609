import t from 'tap'
import {
  countLookups,
  every,
  label,
  lengthLookups,
  plainLookups,
  sizeLookups,
} from '../../../../lab/record/zones/lookups.js'
import { makeZones, NAME_LENGTHS } from '../../../../lab/record/zones/zone-data.js'

/** Bytes of a name on the wire: a length byte and the label each, and the root's byte (RFC 1035 section 3.1). */
function wireLength(name: string): number {
  return name.split('.').reduce((bytes, part) => bytes + 1 + part.length, 1)
}

t.test('asks for a name of every length', async (t) => {
  const lengths = lengthLookups().map(({ name }) => wireLength(name))
  const expected = Array.from(
    { length: NAME_LENGTHS.longest - NAME_LENGTHS.shortest + 1 },
    (_, index) => NAME_LENGTHS.shortest + index,
  )
  t.same(lengths, expected)
})

t.test('asks only for names that DNS can carry', async (t) => {
  for (const { name } of [...countLookups(), ...sizeLookups(), ...lengthLookups(), ...plainLookups()]) {
    if (name === '.') continue
    t.ok(
      name.split('.').every((part) => part.length >= 1 && part.length <= 63),
      name,
    )
  }
})

t.test('every record count and size that is asked for is in the zone', async (t) => {
  const zone = makeZones('127.0.0.1').find(({ origin }) => origin === 'example.')!
  const owners = new Set(zone.text!.split('\n').map((line) => line.split(' ')[0]))
  for (const { name } of [...countLookups(), ...sizeLookups()]) {
    t.ok(owners.has(name.replace(/\.example$/, '')), name)
  }
})

t.test('labels look random and are the same each time', async (t) => {
  t.equal(label(7, 20), label(7, 20))
  t.not(label(7, 20), label(8, 20))
  t.match(label(7, 63), /^[a-z0-9]{63}$/)
})

t.test('takes every so-manieth', async (t) => {
  const lookups = Array.from({ length: 10 }, (_, index) => ({ name: `${index}`, type: 'A' }))
  t.same(
    every(lookups, 4).map(({ name }) => name),
    ['0', '4', '8'],
  )
})
