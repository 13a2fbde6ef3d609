import t from 'tap'
import {
  type AlertException,
  exceptionFrom,
  exceptionMessage,
  exceptionProblems,
  formatCriteria,
  formatPattern,
  formatPeer,
  isNarrow,
  MAXIMUM_EXCEPTIONS,
  parsePattern,
  parsePeer,
} from '../../core/exceptions.js'
import { anException } from '../support/desired.js'
import { NOW } from '../support/signing.js'

const DAY = 86_400_000_000
const { peer: _peer, ...BARE } = anException()

t.test('peers and patterns are read as they are written', async (t) => {
  for (const text of [
    '192.0.2.7',
    '10.1.0.0/16',
    '0.0.0.0/0',
    '2001:db8::1',
    '2001:db8::/64',
    '::ffff:192.0.2.1',
  ]) {
    t.equal(formatPeer(parsePeer(text)), text)
  }
  t.equal(formatPeer(parsePeer('10.1.2.3/32')), '10.1.2.3')
  for (const text of ['0000010000010000/0000ffffffffffff', '5353482d322e302d']) {
    t.equal(formatPattern(parsePattern(text)), text)
  }
  t.equal(
    formatPattern(parsePattern('FFFF010000010000/0000ffffffffffff')),
    '0000010000010000/0000ffffffffffff',
    'what the mask hides is dropped',
  )
  for (const text of [
    '',
    'host',
    '10.1.2.3/33',
    '10.1.2.3/8',
    '10.1.2.0/',
    '10.1.2.0/24/1',
    '2001:db8::1/64',
  ]) {
    t.throws(() => parsePeer(text), { code: 'USAGE' }, text)
  }
  for (const text of [
    '',
    '53',
    'xx00010000010000',
    '0000010000010000/0',
    '0000010000010000/0000000000000000',
  ]) {
    t.throws(() => parsePattern(text), { code: 'USAGE' }, text)
  }
})

t.test('to the message and back', async (t) => {
  const exception = anException({ pattern: parsePattern('0000010000010000/0000ffffffffffff'), port: 53 })
  t.same(exceptionFrom(exceptionMessage(exception)), exception)
  t.same(exceptionFrom(exceptionMessage(BARE)), BARE)
  t.equal(formatCriteria(exception), 'peer 10.0.0.1, pattern 0000010000010000/0000ffffffffffff, port 53')
})

t.test('what is right has no problems; all that is wrong is named at once', async (t) => {
  t.same(exceptionProblems([anException(), anException({ id: 'b', expiresAt: NOW + 366 * DAY })], NOW), [])
  const wrong: [change: Partial<AlertException>, path: string][] = [
    [{ id: '' }, 'exceptions[0].id'],
    [{ id: 'a b' }, 'exceptions[0].id'],
    [{ owner: '' }, 'exceptions[0].owner'],
    [{ reason: 'a\nb' }, 'exceptions[0].reason'],
    [{ reason: 'x'.repeat(257) }, 'exceptions[0].reason'],
    [{ expiresAt: 0 }, 'exceptions[0].expires_at_microseconds'],
    [{ expiresAt: NOW + 366 * DAY + 1 }, 'exceptions[0].expires_at_microseconds'],
    [{ peer: { address: new Uint8Array(5), prefixLength: 8 } }, 'exceptions[0].peer'],
    [{ peer: { address: new Uint8Array(4), prefixLength: 33 } }, 'exceptions[0].peer'],
    [{ peer: { address: Uint8Array.of(10, 0, 0, 1), prefixLength: 24 } }, 'exceptions[0].peer'],
    [{ pattern: { value: new Uint8Array(8), mask: new Uint8Array(8) } }, 'exceptions[0].pattern'],
    [{ pattern: { value: new Uint8Array(7), mask: new Uint8Array(8).fill(1) } }, 'exceptions[0].pattern'],
    [
      { pattern: { value: new Uint8Array(8).fill(3), mask: new Uint8Array(8).fill(1) } },
      'exceptions[0].pattern',
    ],
    [{ port: 65_536 }, 'exceptions[0].port'],
  ]
  for (const [change, path] of wrong) {
    t.same(
      exceptionProblems([anException(change)], NOW).map((problem) => problem.path),
      [path],
    )
  }
  t.match(exceptionProblems([BARE], NOW), [{ path: 'exceptions[0]', found: /everything/ }])
  t.match(exceptionProblems([anException(), anException({ owner: '' })], NOW), [
    { path: 'exceptions[1].owner' },
    { path: 'exceptions[1].id', expected: 'each id once' },
  ])
  const many = Array.from({ length: MAXIMUM_EXCEPTIONS + 1 }, (_, index) => anException({ id: `e${index}` }))
  t.match(exceptionProblems(many, NOW), [{ path: 'exceptions', found: '65' }])
})

t.test('a peer or a pattern is narrow, a whole network or port is not', async (t) => {
  const narrow = (change: Partial<AlertException>) => isNarrow({ ...BARE, ...change })
  t.ok(narrow({ peer: parsePeer('10.1.2.0/24') }))
  t.ok(narrow({ peer: parsePeer('2001:db8::/64') }))
  t.ok(narrow({ pattern: parsePattern('0000000000000000/000000000000ffff') }))
  t.ok(narrow({ peer: parsePeer('10.0.0.0/8'), pattern: parsePattern('0000010000010000/0000ffffffffffff') }))
  t.notOk(narrow({ peer: parsePeer('10.0.0.0/8'), port: 53 }))
  t.notOk(narrow({ peer: parsePeer('2001:db8::/32') }))
  t.notOk(narrow({ pattern: parsePattern('0000000000000000/0000000000007fff') }))
  t.notOk(narrow({ port: 53 }))
})
