import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../../agent/config.js'
import { statePath } from '../../../agent/state-folder.js'
import { readSigningKey } from '../../../core/signature/keys.js'
import { encodeChain } from '../../../core/signature/trust-store.js'
import { readTrustFile } from '../../../core/signature/trusted-keys.js'
import { firsteight } from '../../support/command-line.js'
import { signedKeys, testKey } from '../../support/signing.js'

const WHO = ['--site', 'branch-17', '--node', 'gate']

async function keyPair(t: Test, name: string, folder: string): Promise<string> {
  const { exitCode, stderr } = await firsteight(['keygen', join(folder, name)])
  t.equal(exitCode, 0, stderr)
  return join(folder, `${name}.pub`)
}

t.test('keygen writes a pair, once, and says the id', async (t) => {
  const folder = t.testdir({ secret: 'correct horse\n' })
  const name = join(folder, 'root')
  const made = await firsteight(['keygen', name, '--passphrase-file', join(folder, 'secret'), '--json'])
  t.equal(made.exitCode, 0, made.stderr)
  const { summary } = JSON.parse(made.stdout)
  t.equal(summary.encrypted, true)
  t.equal(statSync(`${name}.key`).mode & 0o777, 0o600)
  t.equal((await readSigningKey(`${name}.key`, 'correct horse')).id, summary.id)
  const before = readFileSync(`${name}.key`, 'utf8')
  const again = await firsteight(['keygen', name])
  t.equal(again.exitCode, 4)
  t.match(again.stderr, /never replaced/)
  t.equal(readFileSync(`${name}.key`, 'utf8'), before)
})

t.test("an enrolled agent has settings, keys and copies of the broker's files", async (t) => {
  const folder = t.testdir({ 'ca.pem': 'authority', password: 'secret' })
  const state = join(folder, 'state')
  const [root, ops] = [await keyPair(t, 'root', folder), await keyPair(t, 'ops', folder)]
  const { exitCode, stdout, stderr } = await firsteight([
    ...['enroll', state, ...WHO, '--trust', `${root}=keys`, '--trust', `${ops}=config,command`],
    ...['--broker', 'mqtts://broker.example:8883', '--ca', join(folder, 'ca.pem')],
    ...['--username', 'gate', '--password-file', join(folder, 'password')],
  ])
  t.equal(exitCode, 0, stderr)
  t.match(stdout, /root \([0-9a-f]{16}\) for keys/)
  const config = loadConfig({ file: statePath(state, 'settings'), environment: {}, flags: [] })
  t.match(config, { site: 'branch-17', node: 'gate', stateFolder: state })
  t.equal(config.broker.caFile, statePath(state, 'brokerAuthority'))
  t.equal(readFileSync(config.broker.passwordFile, 'utf8'), 'secret')
  for (const path of [config.broker.passwordFile, statePath(state, 'trustedKeys')]) {
    t.equal(statSync(path).mode & 0o077, 0, `${path} is its owner's alone`)
  }
  t.equal(statSync(state).mode & 0o077, 0)
  const { byId, revision } = await readTrustFile(statePath(state, 'trustedKeys'))
  t.equal(revision, 0)
  t.same(
    [...byId.values()].map(({ name, roles }) => [name, ...roles]),
    [
      ['root', 'keys'],
      ['ops', 'config', 'command'],
    ],
  )

  const again = await firsteight(['enroll', state, ...WHO, '--trust', root])
  t.equal(again.exitCode, 2)
  t.match(again.stderr, /--replace/)
  t.equal((await firsteight(['enroll', state, ...WHO, '--trust', root, '--replace'])).exitCode, 0)
  t.equal((await readTrustFile(statePath(state, 'trustedKeys'))).byId.size, 1)
})

t.test('the nodes of a cluster are named one after the other; one that is none is refused', async (t) => {
  const folder = t.testdir()
  const ops = await keyPair(t, 'ops', folder)
  const enroll = (state: string, ...urls: string[]) =>
    firsteight([
      ...['enroll', join(folder, state), ...WHO, '--trust', ops, '--protocol', '3.1.1'],
      ...urls.flatMap((url) => ['--broker', url]),
    ])
  const urls = [1, 2, 3].map((node) => `mqtt://node-${node}.example:1883`)
  const { exitCode, stderr } = await enroll('state', ...urls)
  t.equal(exitCode, 0, stderr)
  const { broker } = loadConfig({
    file: statePath(join(folder, 'state'), 'settings'),
    environment: {},
    flags: [],
  })
  t.match(broker, { url: urls[0], otherUrls: urls.slice(1) })

  const refused = await enroll('other', urls[0]!, 'http://node-2.example')
  t.equal(refused.exitCode, 3)
  t.match(refused.stderr, /CONFIG_INVALID.*broker\.otherUrls/)
  t.notOk(existsSync(join(folder, 'other')), 'nothing is left behind')
})

t.test('a later agent starts with the keys and the revision at the end of the chain', async (t) => {
  const [first, second] = [testKey('first'), testKey('second')]
  const folder = t.testdir()
  const chain = join(folder, 'fleet.keys')
  writeFileSync(chain, encodeChain([signedKeys(first, 4, [first, second]), signedKeys(second, 5, [second])]))
  const { exitCode, stderr } = await firsteight(['enroll', join(folder, 's'), ...WHO, '--keys', chain])
  t.equal(exitCode, 0, stderr)
  const { byId, revision } = await readTrustFile(statePath(join(folder, 's'), 'trustedKeys'))
  t.equal(revision, 5)
  t.same([...byId.keys()], [second.signing.id])
})

t.test('what cannot be enrolled leaves no agent behind', async (t) => {
  const folder = t.testdir({ noise: 'noise' })
  const state = join(folder, 'state')
  const key = await keyPair(t, 'ops', folder)
  const refused: [args: string[], exitCode: number, text: RegExp][] = [
    [[], 2, /exactly one of --trust and --keys/],
    [['--trust', key, '--keys', key], 2, /exactly one/],
    [['--trust', `${key}=king`], 2, /no role is named "king"/],
    [['--trust', `${key}=config`], 9, /none has the role "keys"/],
    [['--trust', key.replace('.pub', '.key')], 9, /a private key/],
    [['--trust', join(folder, 'none')], 4, /none/],
    [['--keys', join(folder, 'noise')], 9, /ENVELOPE_MALFORMED/],
    [['--trust', key, '--ca', join(folder, 'none')], 4, /none/],
    [['--trust', key, '--broker', 'http://x'], 3, /broker.url/],
    [['--trust', key, '--node', 'a/b'], 3, /node/],
  ]
  for (const [args, exitCode, text] of refused) {
    const result = await firsteight(['enroll', state, ...WHO, ...args])
    t.equal(result.exitCode, exitCode, args.join(' '))
    t.match(result.stderr, text)
    t.notOk(existsSync(statePath(state, 'trustedKeys')))
  }
})
