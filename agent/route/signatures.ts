/** First bytes of protocols that turn up on port 53 without being DNS. Names for the analyst, nothing more. */

/** What a signature looks at. */
export interface FirstBytes {
  transport: 'udp' | 'tcp'
  /** First payload bytes, at most 64; often only the first eight. */
  bytes: Uint8Array
  /** `bytes` as text, one character a byte. */
  text: string
  /** Length of the packet's payload, bytes. */
  length: number
}

export interface Signature {
  name: string
  /** Either when absent. */
  transport?: 'udp' | 'tcp'
  matches(first: FirstBytes): boolean
}

const magic = (name: string, start: string): Signature => ({
  name,
  matches: (first) => first.text.startsWith(start),
})

const text = (name: string, pattern: RegExp): Signature => ({
  name,
  matches: (first) => pattern.test(first.text),
})

const tcp = (name: string, matches: (first: FirstBytes) => boolean): Signature => ({
  name,
  transport: 'tcp',
  matches,
})

const udp = (name: string, matches: (first: FirstBytes) => boolean): Signature => ({
  name,
  transport: 'udp',
  matches,
})

/** Big-endian number of two bytes; NaN where the bytes end before. */
function uint16({ bytes }: FirstBytes, offset: number): number {
  return offset + 2 <= bytes.length ? bytes[offset]! * 256 + bytes[offset + 1]! : Number.NaN
}

function uint32(first: FirstBytes, offset: number): number {
  return uint16(first, offset) * 65536 + uint16(first, offset + 2)
}

const isOneOf = (value: number | undefined, ...values: number[]) =>
  value !== undefined && values.includes(value)

/** RFC 8446 section 5.1: type, version 3.x, length, then the handshake's type. */
const tlsRecord = (type: number, handshake?: number) => (first: FirstBytes) => {
  const { bytes } = first
  const record = bytes[0] === type && bytes[1] === 3 && bytes[2]! <= 4 && uint16(first, 3) <= 16640
  return record && (handshake === undefined || bytes[5] === handshake)
}

/** RFC 6347 section 4.1: type, version 1.0 (fe ff) or 1.2 (fe fd). */
const dtlsRecord = (first: FirstBytes) =>
  isOneOf(first.bytes[0], 20, 21, 22, 23) && isOneOf(uint16(first, 1), 0xfeff, 0xfefd)

/** https://www.wireguard.com/protocol/: a type byte, then three zero bytes. */
const wireGuard = (type: number, fits: (length: number) => boolean) => (first: FirstBytes) =>
  uint32(first, 0) === type * 0x1000000 && fits(first.length)

/**
 * OpenVPN: opcodes (the high five bits) 7, 8 and 10 start a session. Lengths of the first two without HMAC, and with
 * SHA-1, SHA-256 and SHA-512; the third carries a wrapped key.
 */
const openVpnStart = (opcode: number | undefined, length: number) =>
  (opcode === 0x38 && isOneOf(length, 14, 42, 54, 86)) ||
  (opcode === 0x40 && isOneOf(length, 26, 54, 66, 98)) ||
  (opcode === 0x50 && length >= 340 && length <= 1200)

/** RFC 7296 section 3.1: SPIs, next payload, version, exchange type, flags, message id, length. */
const ikeHeader = (first: FirstBytes, offset: number) =>
  isOneOf(first.bytes[offset + 17], 0x10, 0x20) &&
  isOneOf(first.bytes[offset + 18], 2, 4, 5, 32, 34, 35, 36, 37) &&
  uint32(first, offset + 24) === first.length - offset

/** RFC 9000 section 17.2 and RFC 9369: long header of version 1, 2, a draft, Google's, or version negotiation. */
const quicLongHeader = (first: FirstBytes) => {
  const version = uint32(first, 1)
  const known =
    version === 1 || version === 0x6b3343cf || version >>> 8 === 0xff0000 || version >>> 24 === 0x51
  return (first.bytes[0]! & 0xc0) === 0xc0 && known
}

/** RFC 1157: BER sequence, then the version as a one-byte integer, then the community or another sequence. */
const snmp = (first: FirstBytes) => {
  const { bytes } = first
  const version = (bytes[1]! & 0x80) === 0 ? 2 : 2 + (bytes[1]! & 0x7f)
  return (
    bytes[0] === 0x30 &&
    bytes[version] === 2 &&
    bytes[version + 1] === 1 &&
    isOneOf(bytes[version + 2], 0, 1, 3) &&
    isOneOf(bytes[version + 3], 4, 0x30)
  )
}

/** The first that matches names the bytes: long magic numbers before short ones. */
export const SIGNATURES: readonly Signature[] = [
  text('SSH banner', /^SSH-\d/),
  text('HTTP/2 client preface', /^PRI \* HT/),
  text('SSDP', /^(M-SEARCH|NOTIFY \*)/),
  text('SIP', /^(SIP\/2\.0|[A-Z]+ sip)/),
  text('RTSP', /^(RTSP\/1\.|DESCRIBE r|OPTIONS rtsp)/),
  text('HTTP response', /^HTTP\/\d/),
  text('HTTP CONNECT request (proxy)', /^CONNECT /),
  text('HTTP request', /^(GET|POST|PUT|HEAD|PATCH|DELETE|TRACE|OPTIONS|PROPFIND) /),
  text('SMTP greeting', /^220[ -].*(SMTP|[Mm]ail|Postfix|Exim)/s),
  text('FTP greeting', /^220[ -].*(FTP|vsFTPd|FileZilla)/s),
  text('SMTP or FTP greeting', /^220[ -]/),
  text('SMTP client', /^(EHLO|HELO|MAIL FROM)\b/i),
  text('FTP or POP3 login', /^(USER|PASS) /i),
  text('POP3 greeting', /^\+OK/),
  text('IMAP greeting', /^\* (OK|PREAUTH|BYE)/),
  text('VNC (RFB) banner', /^RFB 00/),
  magic('BitTorrent handshake', '\x13BitTorr'),
  text('BitTorrent DHT', /^d1:[adeqrtvy]/),
  text('XMPP or XML', /^<(\?xml|stream)/),
  text('rsync banner', /^@RSYNCD/),
  text('AMQP', /^AMQP\0/),
  {
    name: 'MQTT CONNECT',
    matches: ({ bytes, text }) => bytes[0] === 0x10 && /^..{1,2}\0.MQ/s.test(text),
  },
  text('Android Debug Bridge', /^(CNXN|AUTH|OPEN)\0/),
  text('DNSCrypt response', /^r6fnvWj8/),
  magic('iodine raw UDP tunnel', '\x10\xd1\x9e'),

  tcp('TLS ClientHello', tlsRecord(22, 1)),
  tcp('TLS ServerHello', tlsRecord(22, 2)),
  tcp('TLS handshake', tlsRecord(22)),
  tcp('TLS alert', tlsRecord(21)),
  tcp('TLS change cipher spec', tlsRecord(20)),
  tcp('TLS application data', tlsRecord(23)),
  tcp('SMB', (first) => /^\0...[\xfe\xff]SMB/s.test(first.text)),
  tcp(
    'RDP or another TPKT protocol',
    (first) => uint16(first, 0) === 0x0300 && uint16(first, 2) === first.length,
  ),
  tcp(
    'OpenVPN session start',
    (first) => openVpnStart(first.bytes[2], uint16(first, 0)) && uint16(first, 0) <= first.length - 2,
  ),
  tcp(
    'SOCKS5 greeting',
    ({ bytes, length }) => bytes[0] === 5 && bytes[1]! >= 1 && bytes[1]! <= 9 && length === 2 + bytes[1]!,
  ),
  tcp(
    'SOCKS5 request or reply',
    ({ bytes }) => bytes[0] === 5 && bytes[1]! <= 8 && bytes[2] === 0 && isOneOf(bytes[3], 1, 3, 4),
  ),
  tcp('SOCKS4 request', ({ bytes, length }) => bytes[0] === 4 && isOneOf(bytes[1], 1, 2) && length >= 9),
  tcp(
    'OpenFlow hello',
    (first) =>
      isOneOf(first.bytes[0], 1, 2, 3, 4, 5, 6) &&
      first.bytes[1] === 0 &&
      uint16(first, 2) === first.length &&
      first.length >= 8,
  ),
  tcp('PostgreSQL TLS request', (first) => uint32(first, 0) === 8 && uint32(first, 4) === 80877103),

  udp('STUN', (first) => first.bytes[0]! < 0x40 && uint32(first, 4) === 0x2112a442),
  udp(
    'WireGuard handshake initiation',
    wireGuard(1, (length) => length === 148),
  ),
  udp(
    'WireGuard handshake response',
    wireGuard(2, (length) => length === 92),
  ),
  udp(
    'WireGuard cookie reply',
    wireGuard(3, (length) => length === 64),
  ),
  udp(
    'WireGuard data',
    wireGuard(4, (length) => length >= 32 && length % 16 === 0),
  ),
  udp('DTLS', dtlsRecord),
  udp('QUIC long header', quicLongHeader),
  udp('OpenVPN session start', ({ bytes, length }) => openVpnStart(bytes[0], length)),
  udp('IKE', (first) => ikeHeader(first, 0) || (uint32(first, 0) === 0 && ikeHeader(first, 4))),
  udp('SNMP', snmp),
  udp('NetBIOS name service', (first) => /^.{12}\x20[A-P]{32}\0/s.test(first.text)),
  udp(
    'NTP',
    ({ bytes, length }) =>
      isOneOf((bytes[0]! >> 3) & 7, 3, 4) && isOneOf(bytes[0]! & 7, 3, 4) && length === 48,
  ),
  udp('TFTP request', ({ bytes, text }) => isOneOf(bytes[1], 1, 2) && /^\0.[\x21-\x7e]{2}/s.test(text)),
  udp('RADIUS', (first) => isOneOf(first.bytes[0], 1, 2, 3, 4, 5, 11) && uint16(first, 2) === first.length),
]
