import { createHash } from 'node:crypto'
import {
  BROKEN_NAMES,
  CHAIN_LENGTHS,
  NAME_LENGTHS,
  RECORD_COUNTS,
  range,
  TEXT_SIZES,
  TYPED_RECORDS,
} from './zone-data.js'

/** A question: name without final dot, and record type. */
export interface Lookup {
  name: string
  type: string
}

/** Wire length of `.len.example` with the root's byte (RFC 1035 section 3.1). */
const LENGTH_SUFFIX = 'len.example'
const SUFFIX_BYTES = 13

/** Answers of 0 to 100 records, chains of CNAMEs, each record type. */
export function countLookups(): Lookup[] {
  const lookups: Lookup[] = []
  for (const count of RECORD_COUNTS) {
    lookups.push({ name: `a${count}.example`, type: 'A' }, { name: `t${count}.example`, type: 'TXT' })
    if (count <= 30) lookups.push({ name: `aaaa${count}.example`, type: 'AAAA' })
    if (count > 13) continue
    lookups.push({ name: `mx${count}.example`, type: 'MX' }, { name: `srv${count}.example`, type: 'SRV' })
  }
  for (const length of CHAIN_LENGTHS) {
    for (const type of ['A', 'AAAA', 'CNAME']) lookups.push({ name: `chain${length}.example`, type })
  }
  for (const [name, type] of TYPED_RECORDS) lookups.push({ name: `${name}.example`, type })
  return lookups
}

/** Answers of 37 to 63,000 bytes. */
export function sizeLookups(): Lookup[] {
  return TEXT_SIZES.map((size) => ({ name: `size${size}.example`, type: 'TXT' }))
}

/** Every name length from 17 to 250 bytes on the wire; a wildcard answers. */
export function lengthLookups(): Lookup[] {
  return range(NAME_LENGTHS.shortest, NAME_LENGTHS.longest).map((length) => ({
    name: nameOfLength(length),
    type: 'A',
  }))
}

/** What a zone's apex, referrals, missing data, missing names and foreign names answer. */
export function plainLookups(): Lookup[] {
  const apex = ['SOA', 'NS', 'DNSKEY', 'A', 'AAAA', 'MX', 'TXT', 'ANY', 'DS', 'NSEC'].map((type) => ({
    name: 'example',
    type,
  }))
  const named: [string, string][] = [
    ['empty.example', 'A'],
    ['a1.example', 'AAAA'],
    ['a5.example', 'HTTPS'],
    ['a3.example', 'ANY'],
    ['dangling.example', 'A'],
    ['outside.example', 'A'],
    ['host.old.example', 'A'],
    ['old.example', 'DNAME'],
    ['www.child.example', 'A'],
    ['child.example', 'NS'],
    ['x.wild.child.example', 'TXT'],
    ['www.far.example', 'A'],
    ['far.example', 'NS'],
    ['www.dynamic.example', 'A'],
    ['www.unloaded.example', 'A'],
    ['.', 'NS'],
    ['.', 'DNSKEY'],
    ['localhost', 'A'],
    ['www.elsewhere.test', 'A'],
    ['1.113.0.203.in-addr.arpa', 'PTR'],
    ...BROKEN_NAMES.map((name): [string, string] => [name, 'A']),
  ]
  const missing = range(1, 12).flatMap((index) => [
    { name: `${label(index, 6 + index)}.example`, type: 'A' },
    { name: `www.${label(index, 8)}.test`, type: index % 2 ? 'AAAA' : 'A' },
  ])
  return [...apex, ...named.map(([name, type]) => ({ name, type })), ...missing]
}

/** One name for each kind of answer, to be asked under many flags. */
export function variedLookups(): Lookup[] {
  const names = [
    'a1',
    'a2',
    'a3',
    'a4',
    'a6',
    'a8',
    'a13',
    'chain1',
    'chain4',
    'empty',
    'x1.nobody',
    'www.child',
  ]
  const foreign = ['www.foreign.test', ...BROKEN_NAMES, 'www.unloaded.example', 'x.old.example']
  const inZone = names.map((name) => `${name}.example`)
  return [...inZone, ...foreign].map((name) => ({ name, type: 'A' }))
}

/** Every so-manieth lookup. */
export function every(lookups: readonly Lookup[], step: number): Lookup[] {
  return lookups.filter((_, index) => index % step === 0)
}

/** Pseudo-random letters and digits, the same for the same number. */
export function label(number: number, length: number): string {
  const digest = createHash('sha512').update(`label ${number}`).digest('base64url').toLowerCase()
  return digest.replaceAll(/[^a-z0-9]/g, 'x').slice(0, length)
}

/** A name under the wildcard that takes so many bytes on the wire. */
function nameOfLength(bytes: number): string {
  const labels: string[] = []
  let left = bytes - SUFFIX_BYTES
  while (left > 0) {
    // One byte of length and up to 63 of label; never leave a single byte, which no label fits.
    const taken = left <= 64 ? left : Math.min(64, left - 2)
    labels.push(label(bytes * 8 + labels.length, taken - 1))
    left -= taken
  }
  return [...labels, LENGTH_SUFFIX].join('.')
}
