import type { Frame } from '../../core/kernel-frames.js'

/**
 * Writes pcapng (draft-ietf-opsawg-pcapng), little-endian. A file is one or more sections, each complete in itself:
 * section header, an interface description for each link type, and an enhanced packet block for each frame.
 */

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const OPTION_COMMENT = 1
const OPTION_USER_APPLICATION = 4
/** Type and both lengths of a block. */
const BLOCK_OVERHEAD = 12
const SECTION_FIXED = 16
const INTERFACE_FIXED = 8
const PACKET_FIXED = 20
/** A comment is cut to so many bytes; an option's length has 16 bits. */
const LONGEST_OPTION = 4096

/** Bytes that a frame takes in a section, beside its interface's description. */
export function packetBlockBytes({ bytes }: Frame): number {
  return BLOCK_OVERHEAD + PACKET_FIXED + padded(bytes.length)
}

/** Bytes of a section before its packets, for `linkTypes` link types and texts of so many bytes; never fewer. */
export const SECTION_START_BYTES = 2 * LONGEST_OPTION + 1024

/**
 * One section.
 * @param section.comment for people, at the section's start
 * @param section.application name and version of the program
 * @param section.snaplen most bytes kept of a frame
 * @param section.frames in the order of the file; times in microseconds since 1970
 */
export function pcapngSection(section: {
  comment: string
  application: string
  snaplen: number
  frames: readonly Frame[]
}): Uint8Array {
  const { comment, application, snaplen, frames } = section
  const linkTypes = [...new Set(frames.map(({ linkType }) => linkType))]
  const blocks = [
    ...linkTypes.map((linkType) => interfaceDescription(linkType, snaplen)),
    ...frames.map((frame) => enhancedPacket(frame, linkTypes.indexOf(frame.linkType))),
  ]
  const length = blocks.reduce((sum, block) => sum + block.length, 0)
  const options = [option(OPTION_COMMENT, comment), option(OPTION_USER_APPLICATION, application)]
  return Buffer.concat([sectionHeader(length, options), ...blocks])
}

/** @param length bytes of the section after its header block */
function sectionHeader(length: number, options: readonly Buffer[]): Buffer {
  const body = Buffer.alloc(SECTION_FIXED)
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
  body.writeUInt16LE(1, 4)
  body.writeUInt16LE(0, 6)
  body.writeBigInt64LE(BigInt(length), 8)
  return block(SECTION_HEADER, [body, ...options, endOfOptions()])
}

/** Without options, so that times are in microseconds. */
function interfaceDescription(linkType: number, snaplen: number): Buffer {
  const body = Buffer.alloc(INTERFACE_FIXED)
  body.writeUInt16LE(linkType, 0)
  body.writeUInt32LE(snaplen, 4)
  return block(INTERFACE_DESCRIPTION, [body])
}

function enhancedPacket(frame: Frame, interfaceId: number): Buffer {
  const { bytes, originalLength } = frame
  const time = BigInt(Math.min(Math.max(0, Math.floor(frame.timeMicroseconds)), Number.MAX_SAFE_INTEGER))
  const body = Buffer.alloc(PACKET_FIXED)
  body.writeUInt32LE(interfaceId, 0)
  body.writeUInt32LE(Number(time >> 32n), 4)
  body.writeUInt32LE(Number(time & 0xffffffffn), 8)
  body.writeUInt32LE(bytes.length, 12)
  body.writeUInt32LE(originalLength, 16)
  return block(ENHANCED_PACKET, [body, padding(bytes)])
}

function block(type: number, parts: readonly Uint8Array[]): Buffer {
  const length = BLOCK_OVERHEAD + parts.reduce((sum, part) => sum + part.length, 0)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(length, 4)
  const tail = Buffer.alloc(4)
  tail.writeUInt32LE(length, 0)
  return Buffer.concat([head, ...parts, tail], length)
}

function option(code: number, text: string): Buffer {
  const value = Buffer.from(text).subarray(0, LONGEST_OPTION)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padding(value)])
}

function endOfOptions(): Buffer {
  return Buffer.alloc(4)
}

/** The bytes, and zeros up to a multiple of four. */
function padding(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], padded(bytes.length))
}

function padded(length: number): number {
  return (length + 3) & ~3
}
