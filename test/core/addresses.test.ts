import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { formatAddress, formatEndpoint, parseAddress } from '../../core/addresses.js'

const ipv6 = (hex: string) => formatAddress(Buffer.from(hex, 'hex'))

t.test('examples of RFC 5952', async (t) => {
  t.equal(ipv6('20010db8000000000000000000000001'), '2001:db8::1')
  t.equal(ipv6('20010db8000000000001000000000001'), '2001:db8::1:0:0:1', 'first of two equal runs')
  t.equal(ipv6('20010db8000000010001000100010001'), '2001:db8:0:1:1:1:1:1', 'a single zero group stays')
  t.equal(ipv6('20010000000000010000000000000001'), '2001:0:0:1::1', 'the longest run')
  t.equal(ipv6('00000000000000000000000000000000'), '::')
  t.equal(ipv6('00000000000000000000000000000001'), '::1')
  t.equal(ipv6('fe800000000000000000000000000000'), 'fe80::')
  t.equal(ipv6('00000000000000000000ffffc0000221'), '::ffff:192.0.2.33')
  t.equal(ipv6('20010DB8AAAABBBBCCCCDDDDEEEE0001'), '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1')
})

t.test('every address is one that the system reads back as the same', async (t) => {
  const byte = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }))
  for (const bytes of [
    [0, 0, 0, 0],
    [255, 255, 255, 255],
    [192, 0, 2, 10],
  ]) {
    const text = formatAddress(Uint8Array.from(bytes))
    t.ok(isIPv4(text))
    t.same(text.split('.').map(Number), bytes)
  }
  fc.assert(
    fc.property(fc.array(byte, { minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatAddress(Uint8Array.from(bytes))
      // The URL parser canonicalises IPv6 as RFC 5952 does, except for the mixed notation.
      return isIPv6(text) && (text.includes('.') || new URL(`http://[${text}]`).hostname === `[${text}]`)
    }),
    { numRuns: 1000 },
  )
})

t.test('endpoints and wrong lengths', async (t) => {
  t.equal(formatEndpoint(Uint8Array.of(192, 0, 2, 1), 53), '192.0.2.1:53')
  t.equal(formatEndpoint(new Uint8Array(16), 53), '[::]:53')
  t.throws(() => formatAddress(new Uint8Array(5)), RangeError)
})

t.test('addresses are read as they are written', async (t) => {
  const texts = [
    '0.0.0.0',
    '192.0.2.255',
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    'fe80::1:0:0:1',
    '::ffff:192.0.2.1',
  ]
  for (const text of texts) t.equal(formatAddress(parseAddress(text)!), text)
  t.same(parseAddress('2001:DB8:0:0::192.0.2.1'), Buffer.from('20010db80000000000000000c0000201', 'hex'))
  for (const text of [
    '',
    'host',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1:2',
    'fe80::1%eth0',
    '1::2::3',
    ':::',
  ]) {
    t.equal(parseAddress(text), undefined, text)
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      t.ok(Buffer.compare(parseAddress(formatAddress(bytes))!, bytes) === 0)
    }),
  )
})
