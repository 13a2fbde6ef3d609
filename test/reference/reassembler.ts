/** The plainest TCP reassembler: of bytes sent twice the first received counts. */
export class Reassembler {
  readonly #byOffset = new Map<number, number>()

  /** @param offset of the first byte in the stream; bytes before 0 are not of the stream */
  add(offset: number, bytes: Uint8Array): void {
    bytes.forEach((byte, index) => {
      const place = offset + index
      if (place >= 0 && !this.#byOffset.has(place)) this.#byOffset.set(place, byte)
    })
  }

  /** The first `length` bytes, all of which must have been received. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, offset) => {
      const byte = this.#byOffset.get(offset)
      if (byte === undefined) throw new Error(`byte ${offset} is missing`)
      return byte
    })
  }
}
