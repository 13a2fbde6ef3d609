/**
 * pcap filter expressions for the server ports, best first: the source takes the first that its interface's link
 * type can compile.
 *
 * A plain `port 53` misses what carries a VLAN tag, every IP fragment but the first, and IPv6 with extension headers,
 * because it looks for the ports at one fixed place. The kernel knows those headers, so they are let through.
 * libpcap refuses `vlan` on cooked, raw and loopback link types (`any`, tunnels); there the second expression lets
 * tagged frames through as a whole. Ports are 1 to 65535.
 */
export function defaultCaptureFilters(serverPorts: readonly number[]): string[] {
  const ports = serverPorts.map((port) => `port ${port}`).join(' or ')
  const laterFragment = 'ip[6:2] & 0x1fff != 0'
  // Hop-by-hop options, routing, fragment, destination options (RFC 8200 section 4.1).
  const extensionHeader = 'ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60)'
  const untagged = `(${ports} or (${laterFragment}) or (${extensionHeader}))`
  // `vlan` moves the offsets of all that follows it, so each tag's part is nested and last.
  return [
    `${untagged} or (vlan and (${untagged} or (vlan and ${untagged})))`,
    `${untagged} or ether proto 0x8100 or ether proto 0x88a8`,
  ]
}
