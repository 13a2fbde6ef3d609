import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import { generateKeyPair } from '../../core/signature/keys.js'
import { readFirstLine } from '../first-line.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import type { CommandContext } from './command.js'

export function registerKeygen(program: Command, _context: CommandContext): void {
  const command = program
    .command('keygen')
    .description('Make a key pair that signs settings, models and commands for a fleet.')
    .argument('<name>', 'writes NAME.key, to be kept secret, and NAME.pub, to be given to agents')
    .option('--passphrase-file <file>', 'encrypt the private key; the first line is the passphrase')
    .option('--json', 'print the result as one JSON line')
    .action(keygen)
  addExamples(
    command,
    [
      ['firsteight keygen ops', 'ops.key and ops.pub'],
      ['firsteight keygen root --passphrase-file secret', 'one whose private key is encrypted'],
    ],
    ['INPUT'],
  )
}

async function keygen(name: string, options: { passphraseFile?: string; json?: true }): Promise<void> {
  const passphrase =
    options.passphraseFile === undefined ? undefined : await readFirstLine(options.passphraseFile)
  const { id, privatePem, publicPem } = generateKeyPair(passphrase)
  const [privateKey, publicKey] = [`${name}.key`, `${name}.pub`]
  await writeNew(privateKey, privatePem, 0o600)
  await writeNew(publicKey, publicPem, 0o644)
  createOutput(options).summary(
    { id, privateKey, publicKey, encrypted: passphrase !== undefined },
    `${privateKey}: private key${passphrase === undefined ? '' : ', encrypted'}; keep it off the agents\n` +
      `${publicKey}: public key, for firsteight enroll --trust ${publicKey}\nkey id ${id}`,
  )
}

/** Never replaces a file: a lost private key is lost for good. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { mode, flag: 'wx', flush: true })
  } catch (error) {
    const exists = systemCodeOf(error) === 'EEXIST'
    throw new FirsteightError('FILE_UNWRITABLE', `cannot write ${path}: ${messageOf(error)}`, {
      hint: exists
        ? 'Choose another name; key files are never replaced.'
        : 'Choose a place that can be written to.',
      details: { file: path },
      cause: error,
    })
  }
}
