import { hashOf } from '../flow/hash'
import { isServerPort } from '../flow/ports'
import { maskOf } from '../model/forward'
import { LINKTYPE_ETHERNET } from '../wire/linktype'
import { PROTOCOL_UDP, readU16 } from '../wire/packet'
import { addToBatch } from './batch'
import { CONTEXT_UDP_QUERY } from './contexts'

const ETHERNET_HEADER: usize = 14

/** EtherTypes as they are read, in network byte order: the first byte is the lowest. */
const IPV4: u32 = 0x0008
const IPV6: u32 = 0xdd86
const VLAN: u32 = 0x0081
const SERVICE_VLAN: u32 = 0xa888
const OLD_QINQ: u32 = 0x0091
/** Of IPv4's flags and offset: more fragments, and the offset. */
const FRAGMENT: u32 = 0xff3f
/** UDP's header and the first eight bytes. */
const LEAST_UDP: i32 = 16

function isTag(type: u32): u32 {
  return <u32>(type == VLAN) | <u32>(type == SERVICE_VLAN) | <u32>(type == OLD_QINQ)
}

/**
 * The shortest way for most packets: a whole UDP datagram of at least eight bytes, to or from a server port, not both,
 * in Ethernet with up to two VLAN tags, in IPv4 without options or in IPv6 without extensions. Which of these it is no
 * processor can foretell, and a branch that was foretold wrongly costs more than everything here: so there is one
 * branch in the end. Fields may be read from behind the captured bytes, which is harmless, but are only used when all
 * of them turn out to have been captured.
 * @returns whether it was such a packet and now waits in the batch; if not, nothing has happened, and it is for
 *   decodePacket() to say what it is
 */
// inline
export function takePlainDatagram(linkType: i32, at: usize, length: i32, time: f64): bool {
  const outer = isTag(load<u16>(at, 12))
  const inner = outer & isTag(load<u16>(at, 16))
  const ip = at + ETHERNET_HEADER + ((outer + inner) << 2)
  const type: u32 = load<u16>(ip - 2)
  const first: u32 = load<u8>(ip)
  const isVersion6 = <u32>(type == IPV6)
  const isVersion4 = <u32>(type == IPV4)
  const isWhole4 = isVersion4 & <u32>(first == 0x45) & <u32>((<u32>load<u16>(ip, 6) & FRAGMENT) == 0)
  const protocol = <i32>load<u8>(ip + 9 - isVersion6 * 3)
  // IPv4's length covers its own header of 20 bytes.
  const transportLength = readU16(ip + 2 + (isVersion6 << 1)) - <i32>(isVersion4 * 20)
  const transport = ip + 20 + isVersion6 * 20
  const sourcePort = readU16(transport)
  const destinationPort = readU16(transport + 2)
  const udpLength = readU16(transport + 4)
  const fromServer = <i32>isServerPort(sourcePort)
  const isPlain =
    <i32>(linkType == LINKTYPE_ETHERNET) &
    <i32>(isWhole4 | (isVersion6 & <u32>(first >> 4 == 6))) &
    <i32>(protocol == PROTOCOL_UDP) &
    <i32>(udpLength >= LEAST_UDP) &
    <i32>(udpLength <= transportLength) &
    <i32>(transport + LEAST_UDP <= at + length) &
    (fromServer ^ <i32>isServerPort(destinationPort))
  if (!isPlain) return false
  const source = ip + 12 - (isVersion6 << 2)
  const destination = source + 4 + isVersion6 * 12
  const context = CONTEXT_UDP_QUERY + fromServer
  const pattern = load<u64>(transport, 8) & maskOf(context)
  const hash = hashOf(isVersion4 != 0, source, sourcePort, destination, destinationPort)
  addToBatch(context, pattern, hash, linkType, at, length, time)
  return true
}
