import { isIPv4, isIPv6 } from 'node:net'

/**
 * IP addresses between bytes (network byte order) and text.
 * IPv6 text follows RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`.
 */

/**
 * @param bytes 4 bytes (IPv4) or 16 (IPv6), network byte order
 * @throws RangeError for any other length
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length === 16) return formatIpv6(bytes)
  throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`)
}

/** Address and port as `192.0.2.1:53` or `[2001:db8::1]:53` (RFC 5952 section 6). */
export function formatEndpoint(address: Uint8Array, port: number): string {
  const text = formatAddress(address)
  return address.length === 16 ? `[${text}]:${port}` : `${text}:${port}`
}

/**
 * The bytes of an address, 4 or 16, network byte order; undefined when the text is none. A zone (`%eth0`) is no part of
 * an address.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number)
  if (!isIPv6(text) || text.includes('%')) return undefined
  // The last 32 bits may be written as an IPv4 address, RFC 4291 section 2.2.
  const tail = /[^:]+\.[^:]+$/.exec(text)?.[0]
  const [high = 0, second = 0, third = 0, low = 0] = tail?.split('.').map(Number) ?? []
  const groups = (part: string) => part.split(':').filter((group) => group !== '')
  const whole =
    tail === undefined
      ? text
      : text.slice(0, -tail.length) +
        [(high << 8) | second, (third << 8) | low].map((n) => n.toString(16)).join(':')
  const [before = '', after] = whole.split('::')
  const [head, end] = [groups(before), groups(after ?? '')]
  const zeros = new Array<string>(8 - head.length - end.length).fill('0')
  return Uint8Array.from(
    [...head, ...zeros, ...end].flatMap((group) => {
      const value = Number.parseInt(group, 16)
      return [value >> 8, value & 0xff]
    }),
  )
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[2 * index]! << 8) | bytes[2 * index + 1]!)
  const zeros = longestZeroRun(groups)
  // IPv4-mapped addresses (::ffff:0:0/96) are recommended in mixed notation, RFC 5952 section 5.
  if (zeros.start === 0 && zeros.length === 5 && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`
  }
  const text = groups.map((group) => group.toString(16))
  if (zeros.length < 2) return text.join(':')
  return `${text.slice(0, zeros.start).join(':')}::${text.slice(zeros.start + zeros.length).join(':')}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { start: index - length + 1, length }
  }
  return best
}
