import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { stringify } from 'yaml'
import { loadConfig } from '../../agent/config.js'
import { setAt } from '../../agent/configuration/fields.js'
import type { ConfigFlag } from '../../agent/configuration/surroundings.js'
import { statePath } from '../../agent/state-folder.js'
import { FirsteightError, messageOf } from '../../core/errors.js'
import { decodeStatement, openEnvelope } from '../../core/signature/envelope.js'
import { decodeChain } from '../../core/signature/trust-store.js'
import {
  decodeTrustedKeys,
  formatTrustFile,
  type TrustedKeys,
  trustedKeys,
} from '../../core/signature/trusted-keys.js'
import { writeFileWhole } from '../../core/write-file.js'
import { brokerOption } from '../broker-options.js'
import { addExamples } from '../help.js'
import { readInputFile } from '../input-file.js'
import { createOutput } from '../output.js'
import { collect, readTrusted, TRUST_DESCRIPTION, TRUST_OPTION } from '../trust-options.js'
import type { CommandContext } from './command.js'

interface EnrollOptions {
  site: string
  node: string
  trust?: string[]
  keys?: string
  broker: string[]
  protocol?: string
  username?: string
  passwordFile?: string
  ca?: string
  cert?: string
  key?: string
  replace?: true
  json?: true
}

/** Files that the broker settings name, and what they are called in the state folder. */
const BROKER_FILES = [
  ['ca', 'broker.caFile', 'brokerAuthority'],
  ['cert', 'broker.certificateFile', 'brokerCertificate'],
  ['key', 'broker.keyFile', 'brokerKey'],
  ['passwordFile', 'broker.passwordFile', 'brokerPassword'],
] as const

export function registerEnroll(program: Command, _context: CommandContext): void {
  const command = program
    .command('enroll')
    .description("Make an agent's state folder: who it is, which keys it trusts, where its broker is.")
    .argument('<folder>', 'state folder, such as /var/lib/firsteight')
    .requiredOption('--site <name>', 'site of the agent')
    .requiredOption('--node <name>', 'name of the agent, unique within its site')
    .option(TRUST_OPTION, TRUST_DESCRIPTION, collect)
    .option(
      '--keys <file>',
      "instead of --trust: the fleet's chain of keys, as `firsteight fleet keys` wrote it",
    )
    .addOption(brokerOption())
    .addOption(new Option('--protocol <version>', 'MQTT version (default: 5)').choices(['5', '3.1.1']))
    .option('--username <name>', 'user name at the broker')
    .option('--password-file <file>', 'its first line is the password; copied, as the files below')
    .option('--ca <file>', 'PEM: authorities that may sign the certificate of the broker')
    .option('--cert <file>', 'PEM: client certificate')
    .option('--key <file>', 'PEM: key of the client certificate')
    .option('--replace', 'enrol an agent again that was enrolled before')
    .option('--json', 'print the result as one JSON line')
    .action(enroll)
  addExamples(
    command,
    [
      [
        'firsteight enroll /var/lib/firsteight --site branch-17 --node gate --trust ops.pub',
        'one key for everything',
      ],
      [
        'firsteight enroll state --site a --node b --trust root.pub=keys --trust ops.pub=config,command',
        'a key each',
      ],
    ],
    ['CONFIG', 'INPUT', 'TRUST'],
  )
}

async function enroll(folder: string, options: EnrollOptions): Promise<void> {
  const trustPath = statePath(folder, 'trustedKeys')
  if (existsSync(trustPath) && !options.replace) {
    throw new FirsteightError('USAGE', `${folder}: an agent is enrolled here already`, {
      hint: 'Choose another folder, or say --replace.',
      details: { folder },
    })
  }
  const keys = await enrolledKeys(options)
  const files = await Promise.all(
    BROKER_FILES.map(async ([option, path, name]) => {
      const source = options[option]
      return source === undefined
        ? undefined
        : { path, target: statePath(folder, name), content: await readInputFile(source) }
    }),
  )
  const given: ConfigFlag[] = []
  const put = (path: string, value: string | string[] | undefined) =>
    value !== undefined && given.push({ name: path, path, value })
  put('site', options.site)
  put('node', options.node)
  put('stateFolder', resolve(folder))
  const [url, ...otherUrls] = options.broker
  put('broker.url', url)
  if (otherUrls.length > 0) put('broker.otherUrls', otherUrls)
  put('broker.protocol', options.protocol)
  put('broker.username', options.username)
  for (const file of files) if (file) put(file.path, resolve(file.target))
  loadConfig({ environment: {}, flags: given })
  const settings: Record<string, unknown> = {}
  for (const { path, value } of given) setAt(settings, path, value)

  await makeFolder(folder)
  for (const file of files) if (file) await writeFileWhole(file.target, file.content, { mode: 0o600 })
  const settingsPath = statePath(folder, 'settings')
  await writeFileWhole(settingsPath, SETTINGS_HEAD + stringify(settings))
  // Last: with this file the agent is enrolled.
  await writeFileWhole(trustPath, formatTrustFile(keys), { mode: 0o600 })
  const trusted = [...keys.byId].map(([id, { name, roles }]) => ({ id, name, roles }))
  createOutput(options).summary(
    { site: options.site, node: options.node, settings: settingsPath, keyRevision: keys.revision, trusted },
    [
      `${options.site}/${options.node} trusts`,
      ...trusted.map(({ id, name, roles }) => `  ${name} (${id.slice(0, 16)}) for ${roles.join(', ')}`),
      `start it: firsteight run --config ${settingsPath}`,
    ].join('\n'),
  )
}

const SETTINGS_HEAD = `# Written by \`firsteight enroll\`. Every setting may stand here: docs/configuration.md, docs/firsteight.sample.yaml.\n`

async function enrolledKeys({ trust, keys }: EnrollOptions): Promise<TrustedKeys> {
  if ((trust === undefined) === (keys === undefined)) {
    throw new FirsteightError('USAGE', 'exactly one of --trust and --keys is needed', {
      hint: 'Make a key with `firsteight keygen`, and give its public half: --trust ops.pub',
    })
  }
  if (trust !== undefined) return trustedKeys(0, await readTrusted(trust))
  const last = decodeChain(await readInputFile(keys!)).at(-1)!
  const { payload, revision } = decodeStatement(openEnvelope(last).statement)
  return decodeTrustedKeys(payload, revision)
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new FirsteightError('FILE_UNWRITABLE', `cannot make ${folder}: ${messageOf(error)}`, {
      hint: 'Choose a place that can be written to.',
      details: { file: folder },
      cause: error,
    })
  }
}
