import fc from 'fast-check'
import t from 'tap'
import { triageHint } from '../../../agent/route/triage.js'
import { CONTEXT_NAMES } from '../../../core/contexts.js'
import { streamRecord } from '../../support/stream-records.js'

type Transport = 'udp' | 'tcp'

/** The hint for a packet that begins a stream; `hex` is its first 64 bytes at most. */
function hintFor(transport: Transport, hex: string, length = hex.length / 2, direction = 'query'): string {
  const payloadPrefix = Uint8Array.from(Buffer.from(hex, 'hex'))
  const context = CONTEXT_NAMES.find((name) => name === `${transport}-${direction}`)!
  return triageHint(streamRecord({ transport, context, payloadPrefix, payloadLength: length }))
}

const ascii = (text: string) => Buffer.from(text, 'latin1').toString('hex')

/** Recorded from the programs themselves: OpenSSH 9.2, OpenSSL 3.0, curl 7.88, OpenVPN 2.6. */
const RECORDED: [name: string, transport: Transport, hex: string, length?: number][] = [
  ['SSH banner', 'tcp', '5353482d322e302d4f70656e5353485f392e3270312044656269616e2d322b64656231327531300d0a'],
  ['TLS ClientHello', 'tcp', '160301012401000120030374cb4f3a1d64fdfd5fbc0a3682337863c402ecb53c4ae336', 297],
  ['TLS ServerHello', 'tcp', '160303007a020000760303c60ecb8815fb32ea50fdcec1f29fad3790f0b8ad44951b11', 1321],
  ['TLS alert', 'tcp', '15030300020232'],
  ['HTTP request', 'tcp', '474554202f20485454502f312e310d0a486f73743a203132372e302e302e313a343932', 79],
  ['HTTP CONNECT request (proxy)', 'tcp', '434f4e4e454354206578616d706c652e696e76616c69643a343433', 122],
  ['HTTP/2 client preface', 'tcp', '505249202a20485454502f322e300d0a0d0a534d0d0a0d0a'],
  ['SOCKS5 greeting', 'tcp', '05020001'],
  ['SOCKS4 request', 'tcp', '040100500a00000100'],
  ['SMB', 'tcp', '0000002fff534d4272000000001841000000000000000000000000000000fe5d00000000000c00024e54'],
  ['OpenVPN session start', 'udp', '38533483972e65c3ec0000000000'],
  [
    'OpenVPN session start',
    'udp',
    '383798f7bfcda7a9590264e020bed718e0b9c82a84ce09c9dd33ee46ac000000016b029bb80000000000',
  ],
  [
    'OpenVPN session start',
    'udp',
    '3879b350a82b3c6831e10f6e3aac9eb020b0d070ae09290b19f41f64330faceb35d8c1df',
    54,
  ],
  ['OpenVPN session start', 'tcp', '000e38784852d05af526720000000000'],
  ['DTLS', 'udp', '16feff000000000000000000c0010000b400000000000000b4fefdae05e534263da7', 205],
]

/** Built from the specifications. */
const SPECIFIED: [name: string, transport: Transport, hex: string, length?: number][] = [
  ['HTTP response', 'tcp', ascii('HTTP/1.1 200 OK\r\n')],
  ['SMTP greeting', 'tcp', ascii('220 mail.example ESMTP Postfix\r\n')],
  ['FTP greeting', 'tcp', ascii('220 (vsFTPd 3.0.3)\r\n')],
  ['SMTP or FTP greeting', 'tcp', ascii('220 edge')],
  ['SMTP client', 'tcp', ascii('EHLO edge.example\r\n')],
  ['FTP or POP3 login', 'tcp', ascii('USER root\r\n')],
  ['POP3 greeting', 'tcp', ascii('+OK Dovecot ready.\r\n')],
  ['IMAP greeting', 'tcp', ascii('* OK [CAPABILITY IMAP4rev1]')],
  ['VNC (RFB) banner', 'tcp', ascii('RFB 003.008\n')],
  ['BitTorrent handshake', 'tcp', ascii('\x13BitTorrent protocol')],
  ['MQTT CONNECT', 'tcp', '101000044d5154540402003c000465646765'],
  ['RDP or another TPKT protocol', 'tcp', '0300001302e000000000000100080003000000'],
  ['SOCKS5 request or reply', 'tcp', '050100010a0000010050'],
  ['PostgreSQL TLS request', 'tcp', '0000000804d2162f'],
  ['TLS application data', 'tcp', `1703030400${'9c'.repeat(20)}`, 1029],
  ['WireGuard handshake initiation', 'udp', '01000000a1b2c3d4', 148],
  ['WireGuard handshake response', 'udp', '02000000a1b2c3d4', 92],
  ['WireGuard cookie reply', 'udp', '03000000a1b2c3d4', 64],
  ['WireGuard data', 'udp', '04000000a1b2c3d4', 96],
  ['IKE', 'udp', '1122334455667788000000000000000021202208000000000000015c', 348],
  ['IKE', 'udp', '000000001122334455667788000000000000000021202208000000000000015c', 352],
  ['QUIC long header', 'udp', 'c300000001088394c8f03e515708', 1200],
  ['QUIC long header', 'udp', 'd36b3343cf088394c8f03e515708', 1200],
  ['STUN', 'udp', '000100002112a442b7e7a701bc34d686fa87dfae'],
  ['NTP', 'udp', `23${'00'.repeat(47)}`],
  ['SNMP', 'udp', '302602010104067075626c6963a019020101020100020100300e300c06082b0601020101010005', 40],
  [
    'NetBIOS name service',
    'udp',
    `800001100001000000000000${'20'}${ascii('CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')}0000210001`,
  ],
  ['iodine raw UDP tunnel', 'udp', '10d19e2045000054'],
  ['TFTP request', 'udp', `0001${ascii('boot.img')}00${ascii('octet')}00`],
]

t.test('protocols by their first bytes', async (t) => {
  for (const [name, transport, hex, length] of [...RECORDED, ...SPECIFIED]) {
    t.equal(hintFor(transport, hex, length).split('; ')[0], name, hex.slice(0, 24))
  }
})

t.test('what eight bytes suffice for', async (t) => {
  for (const [name, transport, hex, length = hex.length / 2] of RECORDED) {
    if (length <= 8 || /HTTP\/2|SOCKS/.test(name)) continue
    t.equal(hintFor(transport, hex.slice(0, 16), length).split('; ')[0], name)
  }
})

t.test('a transport of its own: TLS is not looked for in datagrams, nor WireGuard in TCP', async (t) => {
  t.notMatch(hintFor('udp', '1603010124010001', 297), 'TLS')
  t.notMatch(hintFor('tcp', '01000000a1b2c3d4', 148), 'WireGuard')
})

t.test('bytes of no protocol', async (t) => {
  t.match(hintFor('udp', '00'.repeat(64)), 'all zero')
  t.match(hintFor('udp', 'ff'.repeat(20)), 'every byte is 0xff')
  t.equal(hintFor('udp', ascii('hello, is anybody there?')), 'printable text "hello, is anybody there?"')
  t.equal(
    hintFor('udp', '7fa1539ec4026bd83de9178f5ab3f0662cd14e9108b77c25'),
    'random-looking: encrypted or compressed',
  )
  t.equal(hintFor('udp', 'ff01ff01ff01ff01ff01ff01ff01ff01ff01'), 'unknown binary')
  t.equal(hintFor('udp', '7fa1539ec4026bd8', 500), 'no known protocol')
})

t.test('headers that are DNS but for some field', async (t) => {
  t.equal(
    hintFor('udp', 'abcd8180000100010000000003777777'),
    'DNS-like header with odd fields: QR bit of a response',
  )
  t.equal(
    hintFor('udp', 'abcd0140000200030000000003777777'),
    'DNS-like header with odd fields: reserved bit set, QDCOUNT 2, ANCOUNT 3 in a query',
  )
  t.equal(
    hintFor('udp', 'abcd2800000100000000000003777777', 16, 'response'),
    'DNS-like header with odd fields: QR bit of a query, opcode 5',
  )
  t.equal(hintFor('tcp', '001dabcd01000001000000000000', 31), 'DNS-like header')
})

t.test('remarks: only what the record supports', async (t) => {
  t.equal(
    hintFor('tcp', ascii('SSH-2.0-OpenSSH_9.2\r\n')),
    'SSH banner; as a DNS length prefix its first two bytes promise 21331 bytes, the packet carried 19',
  )
  t.match(hintFor('udp', 'abcd010000010000', 8), /; 8 bytes, less than a DNS header$/)
  const later = streamRecord({
    firstEight: Uint8Array.from(Buffer.from('SSH-2.0-')),
    payloadPrefix: Uint8Array.from(Buffer.from('SH-2.0-OpenSSH_9.2\r\n')),
  })
  t.equal(triageHint(later), 'SSH banner', 'the packet is not the start of the stream: no word on its length')
})

t.test('short streams', async (t) => {
  const short = (hex: string) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
    return triageHint(
      streamRecord({ kind: 'short', payloadPrefix: bytes, firstEight: bytes, payloadLength: bytes.length }),
    )
  }
  t.equal(short('05020001'), 'SOCKS5 greeting; ended after 4 of eight bytes')
  t.equal(short(''), 'empty; ended after 0 of eight bytes')
})

t.test('any bytes give one short printable line', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.nat(65535),
      fc.constantFrom(...CONTEXT_NAMES),
      fc.nat(8),
      (payloadPrefix, more, context, cut) => {
        const firstEight = payloadPrefix.slice(0, cut)
        const transport = context.startsWith('udp') ? 'udp' : 'tcp'
        const payloadLength = Math.min(65535, payloadPrefix.length + more)
        const kind = firstEight.length < 8 ? 'short' : 'anomaly'
        const hint = triageHint({ kind, context, transport, firstEight, payloadPrefix, payloadLength })
        return /^[\x20-\x7e]{1,240}$/.test(hint) && !/NaN|undefined/.test(hint)
      },
    ),
    { numRuns: 2000 },
  )
  t.pass()
})
