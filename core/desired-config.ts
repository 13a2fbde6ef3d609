import { firsteight } from '../generated/messages.js'
import { FirsteightError, messageOf } from './errors.js'
import { type AlertException, exceptionFrom, exceptionMessage } from './exceptions.js'
import protobuf from './protobuf.js'

const { DesiredConfig: Message } = firsteight.v1

const SCHEMA_VERSION = 1
const MAXIMUM_SETTINGS = 256
const MAXIMUM_PATH = 128
const MAXIMUM_VALUE = 8192

/** What one level of the fleet wants of its agents (proto/config.proto). */
export interface DesiredConfig {
  /** By dotted path; values as in the configuration file. Not checked against the schema. */
  readonly settings: ReadonlyMap<string, unknown>
  readonly exceptions: readonly AlertException[]
  /** The signer means it: agents may be left without anything to detect. */
  readonly mayDisableDetection: boolean
}

export const NOTHING_DESIRED: DesiredConfig = {
  settings: new Map(),
  exceptions: [],
  mayDisableDetection: false,
}

/** The payload of its envelope: equal configs give equal bytes. */
export function encodeDesiredConfig(config: DesiredConfig): Uint8Array {
  return encode({
    schemaVersion: SCHEMA_VERSION,
    settings: settingMessages(config.settings),
    exceptions: config.exceptions.map(exceptionMessage),
    mayDisableDetection: config.mayDisableDetection,
  })
}

/**
 * Takes a payload apart. Whether an agent can have its settings and exceptions is for `agent/fleet-settings.ts` to say.
 * @param bytes the payload of a verified envelope, or one that somebody only looks at
 * @throws FirsteightError CONFIG_INVALID for what is no such message, or holds what this version does not know
 */
export function decodeDesiredConfig(bytes: Uint8Array): DesiredConfig {
  const message = decode(bytes)
  if (message.schemaVersion !== SCHEMA_VERSION) {
    throw invalid(
      'schema_version',
      `is ${message.schemaVersion}, not ${SCHEMA_VERSION}`,
      'Update firsteight.',
    )
  }
  if (Buffer.compare(bytes, encode(message)) !== 0) {
    throw invalid('message', 'has fields that this version does not know', 'Update firsteight.')
  }
  return {
    settings: settingsFrom(message.settings),
    exceptions: message.exceptions.map(exceptionFrom),
    mayDisableDetection: message.mayDisableDetection,
  }
}

export function settingMessages(
  settings: ReadonlyMap<string, unknown>,
): firsteight.v1.ConfigSetting.$Properties[] {
  return [...settings]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, value]) => ({ path, value: JSON.stringify(value) }))
}

/** @throws FirsteightError CONFIG_INVALID */
export function settingsFrom(
  messages: readonly firsteight.v1.ConfigSetting.$Properties[],
): Map<string, unknown> {
  if (messages.length > MAXIMUM_SETTINGS) {
    throw invalid('settings', `are ${messages.length}; at most ${MAXIMUM_SETTINGS} are allowed`)
  }
  const settings = new Map<string, unknown>()
  for (const [index, { path = '', value = '' }] of messages.entries()) {
    const field = `settings[${index}]`
    if (path === null || value === null || path.length > MAXIMUM_PATH || value.length > MAXIMUM_VALUE) {
      throw invalid(field, `is longer than ${MAXIMUM_PATH} and ${MAXIMUM_VALUE} characters`)
    }
    if (settings.has(path)) throw invalid(field, `sets ${JSON.stringify(path)} a second time`)
    try {
      settings.set(path, JSON.parse(value))
    } catch (error) {
      throw invalid(field, `is no JSON: ${messageOf(error)}`)
    }
  }
  return settings
}

/** Explicitly set default values are encoded by protobufjs and dropped by its decoder: hence twice. */
function encode(message: firsteight.v1.DesiredConfig.$Properties): Uint8Array {
  return Message.encode(decode(Message.encode(message).finish())).finish()
}

function decode(bytes: Uint8Array): firsteight.v1.DesiredConfig {
  const reader = protobuf.Reader.create(bytes)
  reader.discardUnknown = true
  try {
    return Message.decode(reader)
  } catch (error) {
    throw invalid('message', `is no protobuf at byte ${reader.pos}: ${messageOf(error)}`)
  }
}

function invalid(field: string, problem: string, hint = 'Make it with `firsteight fleet config`.') {
  return new FirsteightError('CONFIG_INVALID', `settings from the fleet: ${field} ${problem}`, {
    hint,
    details: { field },
  })
}
