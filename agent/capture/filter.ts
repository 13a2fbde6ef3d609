/**
 * The packet filter that `cap` and tcpdump share, in pcap-filter(7) syntax.
 *
 * It takes what a plain `port 53` misses, because that looks for the ports at one fixed place: frames with one or two
 * VLAN tags, later IPv4 fragments of UDP and TCP (the kernel counts them), and IPv6 with extension headers (the kernel
 * walks them and sorts the packets out).
 * It leaves out PPPoE and MPLS: libpcap's keywords for them shift every later offset, so they cannot stand beside
 * VLANs in one expression. Where they are used, configure a filter such as `pppoes and port 53`.
 */

/** IPv6 next-header values that lead to another header: RFC 8200 section 4, RFC 4302 (51), RFC 6275 (135). */
const IPV6_EXTENSION_HEADERS = [0, 43, 44, 51, 60, 135]
/** Named by the first extension header of multicast listener reports, which every host sends. */
const ICMPV6 = 58

/**
 * @param serverPorts 1 to 65535, at least one
 * @param ethernet whether frames have Ethernet headers. libpcap refuses `vlan` on other links (`any`, tunnels); there
 *   the system has taken off the outer tag, and frames with a second one pass as a whole
 */
export function defaultFilter(serverPorts: readonly number[], ethernet: boolean): string {
  const ports = serverPorts.map((port) => `port ${port}`).join(' or ')
  const extended = IPV6_EXTENSION_HEADERS.map((header) => `ip6[6] = ${header}`).join(' or ')
  const wanted = `((udp or tcp) and (${ports} or ip[6:2] & 0x1fff != 0)) or (ip6 and (${extended}) and ip6[40] != ${ICMPV6})`
  if (!ethernet) return `${wanted} or ether proto 0x8100 or ether proto 0x88a8`
  // Each `vlan` moves the offsets of all that follows it, so the alternatives must nest.
  return `(${wanted}) or (vlan and ((${wanted}) or (vlan and (${wanted}))))`
}
