import protobuf from 'protobufjs/minimal.js'

/**
 * The protobuf runtime that generated/messages.js runs on (see scripts/build.mjs): 64-bit fields are plain numbers,
 * as its type declarations say. protobufjs would otherwise decode them as Long objects wherever the package
 * `long` happens to be installed. Values above 2^53 lose precision.
 */
protobuf.util.Long = null as never
protobuf.configure()

export type * from 'protobufjs/minimal.js'
export default protobuf
