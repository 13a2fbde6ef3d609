import { settingMessages } from '../../core/desired-config.js'
import type { Header } from '../../core/messages.js'
import {
  encodeReportedConfig,
  REPORTED_MESSAGE,
  REPORTED_PROBLEMS,
  REPORTED_TEXT,
} from '../../core/reported-config.js'
import { parseTarget } from '../../core/signature/target.js'
import { escapeUnprintable } from '../../core/text.js'
import type { Config } from '../config.js'
import { otherThanDefaults } from '../fleet-settings.js'
import type { CountedException } from './exception-list.js'
import type { FleetConfig } from './fleet-config.js'
import type { Refusal } from './refusals.js'

/** The payload of `config/reported`. */
export function reportedConfig(
  header: Header,
  fleet: FleetConfig,
  inForce: { config: Config; waiting: ReadonlyMap<string, unknown>; exceptions: readonly CountedException[] },
): Uint8Array {
  return encodeReportedConfig({
    header,
    levels: fleet.levels.map(({ target, revision, digest, keyId, keyName }) => ({
      target,
      revision,
      digest,
      keyId: Buffer.from(keyId, 'hex'),
      keyName,
    })),
    settings: settingMessages(otherThanDefaults(inForce.config)),
    waiting: settingMessages(inForce.waiting),
    exceptions: inForce.exceptions.map(({ exception, origin, streams, lastSeen }) => ({
      target: parseTarget(origin),
      id: exception.id,
      expiresAtMicroseconds: exception.expiresAt,
      streams,
      lastSeenMicroseconds: Math.floor(lastSeen),
    })),
    refusals: fleet.refusals.map(refusalMessage),
    refusedMessages: [...fleet.refusalCounts.values()].reduce((sum, count) => sum + count, 0),
  })
}

function refusalMessage({ target, digest, revision, error, problems, refusedAt }: Refusal) {
  return {
    target,
    digest,
    revision,
    code: error.code,
    message: shortened(error.message, REPORTED_MESSAGE),
    problems: problems.slice(0, REPORTED_PROBLEMS).map(({ path, expected, found }) => ({
      path: shortened(path, REPORTED_TEXT),
      expected: shortened(expected, REPORTED_TEXT),
      found: shortened(found, REPORTED_TEXT),
    })),
    refusedAtMicroseconds: refusedAt,
  }
}

/** As one line that every receiver takes. */
export function shortened(text: string, longest: number): string {
  const line = escapeUnprintable(text)
  return line.length > longest ? `${line.slice(0, longest - 3)}...` : line
}
