import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { FirsteightError, messageOf } from '../core/errors.js'
import {
  decodeStatement,
  ENVELOPE_LIMIT,
  openEnvelope,
  type Statement,
  signStatement,
} from '../core/signature/envelope.js'
import { readSigningKey } from '../core/signature/keys.js'
import type { PayloadType } from '../core/signature/payload-types.js'
import type { Target } from '../core/signature/target.js'
import { writeFileWhole } from '../core/write-file.js'
import { readFirstLine } from './first-line.js'
import { positive, wholeNumber } from './number-options.js'

/** How a command signs: here and now, or only into a file that another machine publishes. */
export interface SigningFlags {
  signWith?: string
  passphraseFile?: string
  revision?: number
  validDays: number
  envelopeOut?: string
}

/** Agents' clocks may be behind by so much, microseconds. */
const CLOCK_ALLOWANCE = 5 * 60_000_000
const DAY = 86_400_000_000

/** @param days default validity */
export function addSigningOptions(command: Command, days: number): Command {
  return command
    .option('--sign-with <file>', 'private key that the agents trust, as `firsteight keygen` made it')
    .option('--passphrase-file <file>', 'its first line is the passphrase of the private key')
    .option(
      '--revision <number>',
      'must rise for each target (default: milliseconds since 1970)',
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    )
    .option('--valid-days <days>', 'agents accept it for so long', positive, days)
    .option('--envelope-out <file>', 'only sign: write the signed message here, to be published elsewhere')
}

/**
 * @returns the bytes of an envelope, signed now
 * @throws FirsteightError USAGE, KEY_INVALID, FILE_UNREADABLE, ENVELOPE_TOO_LARGE
 */
export async function signNow(
  what: { payloadType: PayloadType; payload: Uint8Array; target: Target },
  flags: SigningFlags,
): Promise<Uint8Array> {
  if (flags.signWith === undefined) {
    throw new FirsteightError('USAGE', '--sign-with is needed: agents obey only what is signed', {
      hint: 'Make a key with `firsteight keygen ops`, enrol agents with ops.pub, and say --sign-with ops.key.',
    })
  }
  const passphrase =
    flags.passphraseFile === undefined ? undefined : await readFirstLine(flags.passphraseFile)
  const key = await readSigningKey(flags.signWith, passphrase)
  const now = Date.now() * 1000
  return signStatement(
    {
      ...what,
      revision: flags.revision ?? Date.now(),
      notBefore: now - CLOCK_ALLOWANCE,
      expiresAt: Math.round(now + flags.validDays * DAY),
    },
    key,
  )
}

/** Writes a signed message for another machine to publish. */
export async function writeEnvelope(path: string, envelope: Uint8Array): Promise<void> {
  await writeFileWhole(path, envelope, { mode: 0o644 })
}

/**
 * A signed message from a file, with what it says. Its signature is for the agents to verify.
 * @throws FirsteightError FILE_UNREADABLE, ENVELOPE_*, SIGNATURE_MISSING
 */
export async function readEnvelope(path: string): Promise<{ envelope: Uint8Array; statement: Statement }> {
  let envelope: Uint8Array
  try {
    envelope = await readFile(path)
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `signed message ${path}: ${messageOf(error)}`, {
      hint: `Give a file that --envelope-out wrote; at most ${ENVELOPE_LIMIT} bytes.`,
      details: { file: path },
      cause: error,
    })
  }
  return { envelope, statement: decodeStatement(openEnvelope(envelope).statement) }
}
