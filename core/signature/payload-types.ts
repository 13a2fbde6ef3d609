import { firsteight } from '../../generated/messages.js'

const { Role } = firsteight.v1

/** What a trusted key may sign. */
export const ROLES = ['keys', 'config', 'model', 'command'] as const
export type RoleName = (typeof ROLES)[number]

/** Every message that may stand in an envelope, by its full protobuf name, and the role that a key needs to sign it. */
export const PAYLOAD_TYPES = {
  'firsteight.v1.TrustedKeys': 'keys',
  'firsteight.v1.DesiredConfig': 'config',
  'firsteight.v1.ModelManifest': 'model',
  'firsteight.v1.Command': 'command',
} as const satisfies Record<string, RoleName>

export type PayloadType = keyof typeof PAYLOAD_TYPES

const NUMBERS: Record<RoleName, firsteight.v1.Role> = {
  keys: Role.KEYS,
  config: Role.CONFIG,
  model: Role.MODEL,
  command: Role.COMMAND,
}

export function roleNumber(name: RoleName): firsteight.v1.Role {
  return NUMBERS[name]
}

/** The role of a protobuf enum value, or undefined for a value that this version does not know. */
export function roleName(number: firsteight.v1.Role): RoleName | undefined {
  return ROLES.find((name) => NUMBERS[name] === number)
}
