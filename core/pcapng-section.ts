/** Bytes of a section header block with the fields that are always there. */
const SHORTEST_HEADER = 28
const SECTION_HEADER = 0x0a0d0d0a
const BYTE_ORDER_MAGIC = 0x1a2b3c4d

/**
 * Length of the first section of a little-endian pcapng file whose header tells it, bytes.
 * @param content hostile
 * @returns undefined when it is no such file, or ends before its first section does
 */
export function firstSectionBytes(content: Uint8Array): number | undefined {
  if (content.length < SHORTEST_HEADER) return undefined
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  if (view.getUint32(0, true) !== SECTION_HEADER || view.getUint32(8, true) !== BYTE_ORDER_MAGIC)
    return undefined
  const header = view.getUint32(4, true)
  const rest = view.getBigInt64(16, true)
  if (rest < 0n || BigInt(header) + rest > BigInt(content.length)) return undefined
  return header + Number(rest)
}
