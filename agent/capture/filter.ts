/**
 * The packet filter that `cap` and tcpdump share, in pcap-filter(7) syntax.
 *
 * It takes what a plain `port 53` misses: frames with one or two VLAN tags, later IP fragments of UDP and TCP
 * (they carry no ports; the kernel counts them), and IPv6 packets with extension headers (libpcap's `port` looks
 * only at the first next-header field; the kernel walks the headers and sorts the packets out).
 * It leaves out PPPoE and MPLS: libpcap's keywords for them shift every later offset, so they cannot stand beside
 * VLANs in one expression. Where they are used, configure a filter such as `pppoes and port 53`.
 */

/** IPv6 next-header values that lead to another header: RFC 8200 section 4, RFC 4302 (51), RFC 6275 (135). */
const IPV6_EXTENSION_HEADERS = [0, 43, 44, 51, 60, 135]

/**
 * @param serverPorts 1 to 65535, at least one
 * @param vlans whether the link carries VLAN tags: libpcap refuses the keyword on links that are not Ethernet
 */
export function defaultFilter(serverPorts: readonly number[], vlans: boolean): string {
  const ports = serverPorts.map((port) => `port ${port}`).join(' or ')
  const extended = IPV6_EXTENSION_HEADERS.map((header) => `ip6[6] = ${header}`).join(' or ')
  const wanted = `((udp or tcp) and (${ports} or ip[6:2] & 0x1fff != 0)) or (ip6 and (${extended}))`
  // Each `vlan` moves the offsets of all that follows it, so the alternatives must nest.
  return vlans ? `(${wanted}) or (vlan and ((${wanted}) or (vlan and (${wanted}))))` : wanted
}
