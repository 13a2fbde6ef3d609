import { firsteight } from '../generated/messages.js'
import { settingsFrom } from './desired-config.js'
import type { FirsteightError } from './errors.js'
import {
  checkBytes,
  checkCount,
  checkInteger,
  checkPresent,
  checkText,
  invalidField,
} from './message-checks.js'
import { type Complete, checkHeader, decode } from './messages.js'
import { targetProblem } from './signature/target.js'

const { v1 } = firsteight

/** What an agent says of its settings and keys (proto/config.proto). */
export type ReportedConfig = Complete<firsteight.v1.ReportedConfig.$Properties>
export type ReportedKeys = Complete<firsteight.v1.ReportedKeys.$Properties>
export type ConfigRefusal = ReportedConfig['refusals'][number]

/** Most problems that one refusal tells of, and the longest texts in them, characters. */
export const REPORTED_PROBLEMS = 16
export const REPORTED_TEXT = 160
export const REPORTED_MESSAGE = 512
const MOST_LEVELS = 3
const MOST_SETTINGS = 256
const MOST_EXCEPTIONS = 192
const MOST_KEYS = 16
const DIGEST = { minimum: 32, maximum: 32 }

/**
 * @returns the message's bytes
 * @throws FirsteightError MESSAGE_INVALID naming the field, when no receiver would accept the message
 */
export function encodeReportedConfig(report: firsteight.v1.ReportedConfig.$Properties): Uint8Array {
  const bytes = v1.ReportedConfig.encode(report).finish()
  decodeReportedConfig(bytes)
  return bytes
}

/**
 * @param bytes as received: hostile until checked
 * @throws FirsteightError MESSAGE_INVALID naming the field
 */
export function decodeReportedConfig(bytes: Uint8Array): ReportedConfig {
  const report = decode(v1.ReportedConfig, bytes) as ReportedConfig
  checkHeader(report.header)
  checkCount('levels', report.levels, MOST_LEVELS)
  for (const { target, revision, digest, keyId, keyName } of report.levels) {
    checkTarget('levels.target', target)
    checkInteger('levels.revision', revision)
    checkBytes('levels.digest', digest, DIGEST)
    checkBytes('levels.key_id', keyId, DIGEST)
    checkText('levels.key_name', keyName, 64)
  }
  checkSettings('settings', report.settings)
  checkSettings('waiting', report.waiting)
  checkCount('exceptions', report.exceptions, MOST_EXCEPTIONS)
  for (const exception of report.exceptions) {
    checkTarget('exceptions.target', exception.target)
    checkText('exceptions.id', exception.id, 64)
    checkInteger('exceptions.expires_at_microseconds', exception.expiresAtMicroseconds)
    checkInteger('exceptions.streams', exception.streams)
    checkInteger('exceptions.last_seen_microseconds', exception.lastSeenMicroseconds)
  }
  checkCount('refusals', report.refusals, MOST_LEVELS)
  for (const refusal of report.refusals) checkRefusal(refusal)
  checkInteger('refused_messages', report.refusedMessages)
  return report
}

/** As `encodeReportedConfig`, for keys. */
export function encodeReportedKeys(report: firsteight.v1.ReportedKeys.$Properties): Uint8Array {
  const bytes = v1.ReportedKeys.encode(report).finish()
  decodeReportedKeys(bytes)
  return bytes
}

/** As `decodeReportedConfig`, for keys. */
export function decodeReportedKeys(bytes: Uint8Array): ReportedKeys {
  const report = decode(v1.ReportedKeys, bytes) as ReportedKeys
  checkHeader(report.header)
  checkInteger('revision', report.revision)
  checkCount('keys', report.keys, MOST_KEYS)
  for (const { publicKey, name, roles } of report.keys) {
    checkBytes('keys.public_key', publicKey, { maximum: 44 })
    checkText('keys.name', name, 64)
    checkCount('keys.roles', roles, 16)
  }
  checkText('refused_code', report.refusedCode, 64)
  checkText('refused_message', report.refusedMessage, REPORTED_MESSAGE)
  return report
}

function checkRefusal({ target, digest, revision, code, message, problems, ...rest }: ConfigRefusal): void {
  checkTarget('refusals.target', target)
  checkBytes('refusals.digest', digest, DIGEST)
  checkInteger('refusals.revision', revision)
  checkText('refusals.code', code, 64)
  checkText('refusals.message', message, REPORTED_MESSAGE)
  checkInteger('refusals.refused_at_microseconds', rest.refusedAtMicroseconds)
  checkCount('refusals.problems', problems, REPORTED_PROBLEMS)
  for (const { path, expected, found } of problems) {
    for (const text of [path, expected, found]) checkText('refusals.problems', text, REPORTED_TEXT)
  }
}

function checkSettings(field: string, settings: ReportedConfig['settings']): void {
  checkCount(field, settings, MOST_SETTINGS)
  for (const { path } of settings) checkText(field, path, 128)
  try {
    settingsFrom(settings)
  } catch (error) {
    throw invalidField(field, 'settings, each once, with JSON', (error as FirsteightError).message)
  }
}

function checkTarget(field: string, target: ReportedConfig['levels'][number]['target']): void {
  checkPresent(field, target)
  const problem = targetProblem(target)
  if (problem !== undefined) throw invalidField(field, 'a target', `one that ${problem}`)
}
