import { firsteight } from '../generated/messages.js'

const { Context } = firsteight.v1

/** The four contexts in model and kernel order; index + 1 is the protobuf enum's number. */
export const CONTEXT_NAMES = ['udp-query', 'udp-response', 'tcp-query', 'tcp-response'] as const

export type ContextName = (typeof CONTEXT_NAMES)[number]

/** Protobuf enum number of a context's name. */
export function contextNumber(name: ContextName): firsteight.v1.Context {
  return CONTEXT_NAMES.indexOf(name) + 1
}

/** Name of a protobuf context number; undefined when unspecified or unknown. */
export function contextName(
  number: firsteight.v1.Context | number | null | undefined,
): ContextName | undefined {
  return number == null || number <= Context.CONTEXT_UNSPECIFIED ? undefined : CONTEXT_NAMES[number - 1]
}
