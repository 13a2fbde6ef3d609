/** The four contexts, in the order of the model file and of core/contexts.ts. */
export const CONTEXT_UDP_QUERY: i32 = 0
export const CONTEXT_UDP_RESPONSE: i32 = 1
export const CONTEXT_TCP_QUERY: i32 = 2
export const CONTEXT_TCP_RESPONSE: i32 = 3
