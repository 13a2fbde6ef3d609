import protobuf, { type Long } from './protobuf.js'

/**
 * A reader and a writer of protobuf that take packed numbers as protobufjs does, to the bit, in a fraction of its time:
 * a model file is little else, and is read before its process has compiled anything.
 */

/** A varint below this has at most four bytes. */
const SHORT_VARINT = 2 ** 28

export class PackedReader extends protobuf.Reader {
  override floats(array: number[] = []): number[] {
    append(array, new Float32Array(this.#aligned(Float32Array.BYTES_PER_ELEMENT)))
    return array
  }

  override doubles(array: number[] = []): number[] {
    append(array, new Float64Array(this.#aligned(Float64Array.BYTES_PER_ELEMENT)))
    return array
  }

  /** The bytes of a packed field, copied to where numbers of that size may begin. */
  #aligned(size: number): ArrayBufferLike {
    const bytes = this.bytes()
    if (bytes.length % size !== 0) throw new RangeError(`${bytes.length} bytes are not numbers of ${size}`)
    return new Uint8Array(bytes).buffer
  }

  override uint64s(array: (Long | number)[] = []): (Long | number)[] {
    const end = this.uint32() + this.pos
    const { buf, len } = this
    if (end > len) throw new RangeError(`index out of range: ${end} > ${len}`)
    let at = this.pos
    this.len = end
    while (at < end) {
      let byte = buf[at]!
      let value = byte & 127
      let next = at + 1
      for (let shift = 7; byte > 127 && shift < 28 && next < end; shift += 7) {
        byte = buf[next++]!
        value |= (byte & 127) << shift
      }
      if (byte < 128) {
        array.push(value)
        at = next
      } else {
        this.pos = at
        array.push(this.uint64())
        at = this.pos
      }
    }
    this.pos = at
    this.len = len
    return array
  }
}

/** So many arguments at once as any stack takes. */
const PIECE = 4096

/** Without a loop over the numbers, which would be compiled for this one time. */
function append(array: number[], numbers: Float32Array | Float64Array): void {
  for (let at = 0; at < numbers.length; at += PIECE)
    Array.prototype.push.apply(array, numbers.subarray(at, at + PIECE) as unknown as number[])
}

export class PackedWriter extends protobuf.BufferWriter {
  override floats(values: number[]): this {
    return this.bytes(new Uint8Array(new Float32Array(values).buffer)) as this
  }

  override doubles(values: number[]): this {
    return this.bytes(new Uint8Array(new Float64Array(values).buffer)) as this
  }

  override uint64s(values: number[]): this {
    const bytes = shortVarints(values)
    return (bytes === undefined ? super.uint64s(values) : this.bytes(bytes)) as this
  }
}

/** Varints of at most four bytes; undefined when a number needs a longer one. */
function shortVarints(values: readonly number[]): Uint8Array | undefined {
  const bytes = new Uint8Array(values.length * 4)
  let at = 0
  // By index: an iterator takes the compiler many times as long.
  for (let index = 0; index < values.length; index++) {
    let value = values[index]!
    if (!(value >= 0 && value < SHORT_VARINT)) return undefined
    for (; value > 127; value >>>= 7) bytes[at++] = (value & 127) | 128
    bytes[at++] = value
  }
  return bytes.subarray(0, at)
}
