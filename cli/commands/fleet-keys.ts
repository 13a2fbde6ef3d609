import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Conversation } from '../../core/broker/conversation.js'
import { FirsteightError, messageOf } from '../../core/errors.js'
import { openEnvelope } from '../../core/signature/envelope.js'
import { EVERY_NODE } from '../../core/signature/target.js'
import { encodeTrustedKeys, type TrustedKeys, trustedKeys } from '../../core/signature/trusted-keys.js'
import { writeFileWhole } from '../../core/write-file.js'
import { addBrokerOptions, type BrokerFlags } from '../broker-options.js'
import { addWaitOptions, withBroker } from '../fleet-change.js'
import { collectSettings, type FleetSettings } from '../fleet-desired.js'
import {
  type KeyChain,
  lengthened,
  publishAndWait,
  readChain,
  reportedKeys,
  standingChain,
} from '../fleet-keys.js'
import type { WaitFlags } from '../fleet-publish.js'
import { addExamples } from '../help.js'
import { createOutput, type Output } from '../output.js'
import { addSigningOptions, type SigningFlags, signNow } from '../signing.js'
import { textTable } from '../text-table.js'
import { collect, readTrusted, TRUST_DESCRIPTION, TRUST_OPTION } from '../trust-options.js'
import type { CommandContext } from './command.js'

const VALID_DAYS = 3650
const JSON_LINES = 'one JSON object a line, a last {"summary": ...}'

interface RotateFlags extends BrokerFlags, SigningFlags, WaitFlags {
  trust?: string[]
  onto?: string
  json?: true
}

/** Adds `keys` to the `fleet` command: whom agents obey. */
export function registerFleetKeys(fleet: Command, context: CommandContext): void {
  const keys = fleet.command('keys').description('the keys that agents obey: show, rotate, publish')
  registerShow(keys, context)
  registerRotate(keys, context)
  registerPublish(keys, context)
}

function registerShow(keys: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    keys
      .command('show')
      .description('show the keys at the end of the chain, and which keys each agent reports')
      .option('--chain-out <file>', 'write the chain, for `firsteight enroll --keys` and for --onto'),
  )
    .option('--json', JSON_LINES)
    .action((flags: BrokerFlags & { chainOut?: string; json?: true }) => show(flags, context.stopSignal()))
  addExamples(
    command,
    [
      ['firsteight fleet keys show', 'whom the agents trust now'],
      ['firsteight fleet keys show --chain-out fleet.keys', 'to enrol further agents after a change of keys'],
    ],
    ['CONFIG', 'INPUT', 'BROKER', 'TRUST'],
  )
}

async function show(
  flags: BrokerFlags & { chainOut?: string; json?: true },
  signal: AbortSignal,
): Promise<void> {
  const output = createOutput(flags)
  const [bytes, reports] = await withBroker(
    flags,
    signal,
    async (conversation) => [await standingChain(conversation), await reportedKeys(conversation)] as const,
  )
  const chain = readChain(bytes)
  if (flags.chainOut !== undefined) {
    if (bytes === undefined || bytes.length === 0) {
      throw new FirsteightError('USAGE', 'there is no chain yet: the keys were never changed', {
        hint: 'Enrol agents with `firsteight enroll --trust`.',
      })
    }
    await writeFileWhole(flags.chainOut, bytes)
  }
  tellKeys(chain, output)
  const lines = [...reports].sort().map(([node, report]) => ({
    node,
    revision: report.revision,
    keys: report.keys.map(({ name }) => name),
    refused: report.refusedCode || null,
  }))
  if (output.json) for (const line of lines) output.line(line, '')
  else if (lines.length > 0) {
    const rows = lines.map((line) => [
      line.node,
      String(line.revision),
      line.keys.join(', '),
      line.refused ?? '-',
    ])
    output.line({}, textTable({ heading: ['AGENT', 'REVISION', 'KEYS', 'REFUSED'], rows, left: [0, 2, 3] }))
  }
  const behind = lines.filter(({ revision }) => revision !== (chain.keys?.revision ?? 0)).length
  output.summary(
    { revision: chain.keys?.revision ?? 0, changes: chain.envelopes.length, agents: lines.length, behind },
    `${chain.envelopes.length} changes of keys; ${lines.length} agents, ${behind} of them at other keys`,
  )
}

function registerRotate(keys: Command, context: CommandContext): void {
  const command = addWaitOptions(
    addSigningOptions(
      addBrokerOptions(
        keys
          .command('rotate')
          .description('replace the keys that every agent obeys, signed with a present key for keys')
          .option(TRUST_OPTION, TRUST_DESCRIPTION, collect),
      ),
      VALID_DAYS,
    ),
  )
    .option('--onto <file>', 'lengthen the chain in this file instead of what the broker retains')
    .option('--json', JSON_LINES)
    .action((flags: RotateFlags) => rotate(flags, context.stopSignal()))
  addExamples(
    command,
    [
      [
        'firsteight fleet keys rotate --trust ops.pub --trust new.pub --sign-with ops.key',
        'first: trust the new key, too',
      ],
      ['firsteight fleet keys rotate --trust new.pub --sign-with new.key', 'last: the old key is out'],
      [
        'firsteight fleet keys rotate --trust new.pub --sign-with root.key --onto fleet.keys --envelope-out new.keys',
        'on a machine without a broker',
      ],
    ],
    ['CONFIG', 'INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}

async function rotate(flags: RotateFlags, signal: AbortSignal): Promise<void> {
  const output = createOutput(flags)
  if (flags.trust === undefined) {
    throw new FirsteightError('USAGE', '--trust is needed: every key that is to be obeyed from now on', {
      hint: 'Such as --trust root.pub=keys --trust ops.pub=config,command; keys that are not named are out.',
    })
  }
  const next = trustedKeys(0, await readTrusted(flags.trust))
  if (flags.onto !== undefined && flags.envelopeOut !== undefined) {
    const chain = await signed(readChain(await read(flags.onto)), next, flags)
    await writeChain(chain, flags.envelopeOut, output)
    return
  }
  await withBroker(flags, signal, async (conversation) => {
    const base = flags.onto === undefined ? await standingChain(conversation) : await read(flags.onto)
    const chain = await signed(readChain(base), next, flags)
    if (flags.envelopeOut !== undefined) await writeChain(chain, flags.envelopeOut, output)
    else await publish(conversation, chain, flags, output)
  })
}

async function signed(base: KeyChain, next: TrustedKeys, flags: RotateFlags): Promise<Uint8Array> {
  const revision = flags.revision ?? Math.max(Date.now(), (base.keys?.revision ?? 0) + 1)
  const envelope = await signNow(
    { payloadType: 'firsteight.v1.TrustedKeys', payload: encodeTrustedKeys(next), target: EVERY_NODE },
    { ...flags, revision },
  )
  const signer = base.keys?.byId.get(openEnvelope(envelope).keyId)
  if (base.keys !== undefined && !signer?.roles.includes('keys')) {
    const names = [...base.keys.byId.values()].filter(({ roles }) => roles.includes('keys'))
    throw new FirsteightError('SIGNATURE_KEY_ROLE', 'agents would not follow: this key may not change keys', {
      hint: `Sign with ${names.map(({ name }) => name).join(' or ')}.`,
    })
  }
  return lengthened(base, envelope)
}

/** Settings that only a removed key has signed end with it. */
function warnOfOrphans({ desired }: FleetSettings, next: TrustedKeys): void {
  for (const [target, { keyId }] of desired) {
    if (next.byId.get(keyId)?.roles.includes('config')) continue
    process.stderr.write(
      `warning: the settings for ${target} are signed by a key that may not sign them any more; agents drop them. ` +
        `Sign them again: firsteight fleet config set ${target} --sign-with KEY\n`,
    )
  }
}

async function publish(
  conversation: Conversation,
  chain: Uint8Array,
  flags: WaitFlags,
  output: Output,
): Promise<void> {
  const { keys } = readChain(chain)
  const settings = await collectSettings(conversation)
  warnOfOrphans(settings, keys!)
  const managed = [...settings.nodes].filter(([, { isOnline, report }]) => isOnline && report)
  const asked = new Set(flags.wait ? managed.map(([name]) => name) : [])
  if (asked.size > 0) process.stderr.write(`published; waiting for ${asked.size} agents\n`)
  const reports = await publishAndWait(conversation, chain, asked, flags.timeout)
  tellKeys(readChain(chain), output)
  let [refused, unanswered] = [0, 0]
  const lines = [...asked].sort().map((node) => {
    const report = reports.get(node)
    if (report?.revision === keys!.revision) return { node, state: 'trusts them', detail: '' }
    if (report === undefined || report.refusedCode === '') {
      unanswered++
      return { node, state: 'not answered', detail: '' }
    }
    refused++
    return { node, state: 'refused', detail: `${report.refusedCode}: ${report.refusedMessage}` }
  })
  if (output.json) for (const line of lines) output.line(line, '')
  else if (lines.length > 0) {
    const rows = lines.map(({ node, state, detail }) => [node, state, detail])
    output.line({}, textTable({ heading: ['AGENT', 'STATE', ''], rows, left: [0, 1, 2] }))
  }
  output.summary(
    { revision: keys!.revision, agents: asked.size, refused, unanswered },
    `revision ${keys!.revision}: ${asked.size} agents asked, ${refused} refused, ${unanswered} not answered`,
  )
  if (refused + unanswered === 0) return
  throw new FirsteightError(
    refused > 0 ? 'FLEET_REFUSED' : 'FLEET_UNANSWERED',
    `${refused} agents refused the keys, ${unanswered} have not answered`,
    { hint: 'Look again with `firsteight fleet keys show`.' },
  )
}

function registerPublish(keys: Command, context: CommandContext): void {
  const command = addWaitOptions(
    addBrokerOptions(
      keys
        .command('publish')
        .description('publish a chain of keys that was signed elsewhere')
        .argument('<file>', 'what `firsteight fleet keys rotate --envelope-out` wrote'),
    ),
  )
    .option('--json', JSON_LINES)
    .action(async (file: string, flags: BrokerFlags & WaitFlags & { json?: true }) => {
      const chain = await read(file)
      readChain(chain)
      const output = createOutput(flags)
      await withBroker(flags, context.stopSignal(), (conversation) =>
        publish(conversation, chain, flags, output),
      )
    })
  addExamples(
    command,
    [['firsteight fleet keys publish new.keys', 'from a machine that reaches the broker']],
    ['INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}

async function writeChain(chain: Uint8Array, path: string, output: Output): Promise<void> {
  await writeFileWhole(path, chain)
  const { revision } = readChain(chain).keys!
  output.summary(
    { revision, file: path },
    `revision ${revision}: signed in ${path}; publish it with firsteight fleet keys publish ${path}`,
  )
}

function tellKeys({ keys }: KeyChain, output: Output): void {
  const lines = [...(keys?.byId.values() ?? [])].map(({ key, name, roles }) => ({ key: key.id, name, roles }))
  if (output.json) for (const line of lines) output.line(line, '')
  else if (lines.length > 0) {
    const rows = lines.map(({ key, name, roles }) => [name, key.slice(0, 16), roles.join(', ')])
    output.line({}, textTable({ heading: ['KEY', 'ID', 'MAY SIGN'], rows, left: [0, 1, 2] }))
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `chain of keys ${path}: ${messageOf(error)}`, {
      hint: 'Give a file that `firsteight fleet keys` wrote.',
      details: { file: path },
      cause: error,
    })
  }
}
