import { pcap } from './capture-bytes.js'

/** Link type of packets without a link layer. */
export const RAW_IP = 101

/** A pcap file of raw IPv4 datagrams from 192.0.2.1 to 192.0.2.2, one client port each unless said otherwise. */
export function datagramCapture(payloads: Uint8Array[], ports: (index: number) => [number, number]): Buffer {
  const packets = payloads.map((payload, index) => {
    const [source, destination] = ports(index)
    const frame = Buffer.alloc(28 + payload.length)
    frame.set([0x45, 0, frame.length >> 8, frame.length & 255, 0, 0, 0, 0, 64, 17, 0, 0], 0)
    frame.set([192, 0, 2, 1, 192, 0, 2, 2], 12)
    frame.writeUInt16BE(source, 20)
    frame.writeUInt16BE(destination, 22)
    frame.writeUInt16BE(8 + payload.length, 24)
    frame.set(payload, 28)
    return { frame, microseconds: (1_700_000_000 + index) * 1e6 }
  })
  return pcap(packets, { bigEndian: false, nanoseconds: false, linkType: RAW_IP })
}
