import { join } from 'node:path'
import t from 'tap'
import { brokerRequires } from '../../support/brokers.js'
import { enrolledAgent } from '../../support/enrolled-agent.js'
import { until } from '../../support/link.js'

const NEEDS = brokerRequires('mkfifo')

t.test('keys: trust another, sign again with it, drop the first', NEEDS, async (t) => {
  const { fleet, folder, ops, keygen, agent } = await enrolledAgent(t)
  const next = await keygen('next')
  t.equal((await fleet('config', 'set', 'all', 'idleSeconds=9', '--sign-with', ops)).exitCode, 0)
  const pub = (key: string) => key.replace(/\.key$/, '.pub')
  const both = await fleet('keys', 'rotate', '--trust', pub(ops), '--trust', pub(next), '--sign-with', ops)
  t.equal(both.exitCode, 0, both.stderr)
  t.match(both.stdout, /branch-17\/gate +trusts them/)

  const out = join(folder, 'fleet.keys')
  t.match(await fleet('keys', 'show', '--chain-out', out), { exitCode: 0, stdout: /gate +\d+ +ops, next/ })
  const enrolled = await fleet.command(
    'enroll',
    join(folder, 'late'),
    '--site',
    'a',
    '--node',
    'b',
    '--keys',
    out,
  )
  t.equal(enrolled.exitCode, 0, enrolled.stderr)

  const stranger = await keygen('stranger')
  const refused = await fleet('keys', 'rotate', '--trust', pub(stranger), '--sign-with', stranger)
  t.match(refused, { exitCode: 9, stderr: /SIGNATURE_KEY_ROLE[\s\S]*ops or next/ })

  const last = join(folder, 'last.keys')
  const rotate = [
    'keys',
    'rotate',
    '--trust',
    pub(next),
    '--sign-with',
    next,
    '--onto',
    out,
    '--envelope-out',
    last,
  ]
  t.equal((await fleet.without(...rotate)).exitCode, 0)
  const published = await fleet('keys', 'publish', last)
  t.equal(published.exitCode, 0, published.stderr)
  t.match(published.stderr, /settings for all are signed by a key that may not sign them any more/)
  await until('the agent says so', () => agent().stderr.includes('SIGNATURE_UNKNOWN_KEY'))
  t.match((await fleet('config', 'diff')).stdout, /refused +SIGNATURE_UNKNOWN_KEY/)
  const again = await fleet('config', 'set', 'all', '--sign-with', next)
  t.match(again, { exitCode: 0, stdout: /no changes: signed again as it is[\s\S]*in force/ })
  t.match(
    (await fleet('config', 'set', 'all', 'idleSeconds=5', '--sign-with', ops)).stdout,
    /SIGNATURE_UNKNOWN_KEY/,
  )
})
