import protobuf, { type Long } from './protobuf.js'

/**
 * A reader and a writer of protobuf that take packed numbers as protobufjs does, to the bit, in a fraction of its time:
 * a model file is little else, and is read before its process has compiled anything.
 */

/** A varint below this has at most four bytes. */
const SHORT_VARINT = 2 ** 28

export class PackedReader extends protobuf.Reader {
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

export class PackedWriter extends protobuf.BufferWriter {
  override floats(values: number[]): this {
    return this.bytes(new Uint8Array(new Float32Array(values).buffer)) as this
  }

  override doubles(values: number[]): this {
    return this.bytes(new Uint8Array(new Float64Array(values).buffer)) as this
  }

  override uint64s(values: number[]): this {
    const bytes = new Uint8Array(values.length * 4)
    let at = 0
    for (let value of values) {
      if (!(value >= 0 && value < SHORT_VARINT)) return super.uint64s(values) as this
      for (; value > 127; value >>>= 7) bytes[at++] = (value & 127) | 128
      bytes[at++] = value
    }
    return this.bytes(bytes.subarray(0, at)) as this
  }
}
