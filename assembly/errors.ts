/**
 * Numbers by which the kernel speaks of what it could not use. The caller reads the names of these exports
 * (`REASON_LATER_FRAGMENT` becomes `later-fragment`), so that each stands in one place.
 */

/** Why a packet's transport payload was not reached. Every packet that is not decoded has exactly one reason. */
export const REASON_NONE: i32 = 0
export const REASON_LINK_TYPE_UNSUPPORTED: i32 = 1
export const REASON_INTERFACE_UNKNOWN: i32 = 2
export const REASON_LINK_HEADER_TRUNCATED: i32 = 3
export const REASON_LINK_TAGS_TOO_MANY: i32 = 4
export const REASON_NETWORK_PROTOCOL_UNSUPPORTED: i32 = 5
export const REASON_IP_HEADER_TRUNCATED: i32 = 6
export const REASON_IP_HEADER_INVALID: i32 = 7
export const REASON_IP_EXTENSIONS_TOO_MANY: i32 = 8
export const REASON_LATER_FRAGMENT: i32 = 9
export const REASON_TRANSPORT_UNSUPPORTED: i32 = 10
export const REASON_UDP_HEADER_TRUNCATED: i32 = 11
export const REASON_UDP_LENGTH_INVALID: i32 = 12
export const REASON_TCP_HEADER_TRUNCATED: i32 = 13
export const REASON_TCP_HEADER_INVALID: i32 = 14
export const REASON_PAYLOAD_TRUNCATED: i32 = 15
export const REASON_COUNT: i32 = 16

/** Why the bytes of a capture stream could not be walked further. */
export const FAULT_NONE: i32 = 0
export const FAULT_MAGIC_UNKNOWN: i32 = 1
export const FAULT_VERSION_UNSUPPORTED: i32 = 2
export const FAULT_RECORD_TOO_LONG: i32 = 3
export const FAULT_BLOCK_LENGTH_INVALID: i32 = 4
export const FAULT_BLOCK_LENGTHS_DIFFER: i32 = 5
export const FAULT_BYTE_ORDER_UNKNOWN: i32 = 6
export const FAULT_PACKET_LENGTH_INVALID: i32 = 7
export const FAULT_TOO_MANY_INTERFACES: i32 = 8
export const FAULT_TIME_RESOLUTION_INVALID: i32 = 9

/** Why a model in STAGING could not be loaded. */
export const MODEL_FAULT_NONE: i32 = 0
export const MODEL_FAULT_SHAPE: i32 = 1
export const MODEL_FAULT_FIRST_LAYER_RANGE: i32 = 2
