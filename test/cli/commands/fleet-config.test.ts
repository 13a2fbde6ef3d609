import { join } from 'node:path'
import t from 'tap'
import { brokerRequires } from '../../support/brokers.js'
import { firsteight } from '../../support/command-line.js'
import { enrolledAgent } from '../../support/enrolled-agent.js'

const NEEDS = brokerRequires('mkfifo')

t.test('a setting that the schema refuses is refused without a broker', async (t) => {
  for (const [assignment, text] of [
    ['alerts.capPerMinut=30', /alerts.capPerMinut: expected a known setting, perhaps alerts.capPerMinute/],
    ['alerts.capPerMinute=0', /capPerMinute: expected an integer from 1/],
    ['alerts.capPerMinute=thirty', /capPerMinute: expected an integer from 1/],
    ['stateFolder=/tmp', /stateFolder: expected a setting that the fleet may set/],
  ] as const) {
    // Nobody listens on port 1: with a connection the exit code would be that of the broker.
    const refused = await firsteight(
      ['fleet', 'config', 'set', 'all', assignment, '--sign-with', 'no.key'].concat(
        '--broker',
        'mqtt://127.0.0.1:1',
      ),
    )
    t.equal(refused.exitCode, 3, assignment)
    t.match(refused.stderr, text)
    t.match(refused.stderr, /CONFIG_INVALID/)
  }
})

t.test('settings: set, refused, compared, signed offline, in force after a restart', NEEDS, async (t) => {
  const { fleet, folder, start, agent, ops } = await enrolledAgent(t)
  const sign = ['--sign-with', ops]
  const set = await fleet('config', 'set', 'all', 'alerts.capPerMinute=7', 'serverPorts=53,5353', ...sign)
  t.equal(set.exitCode, 0, set.stderr)
  t.match(set.stdout, /alerts.capPerMinute +- +7\n/)
  t.match(set.stdout, /branch-17\/gate +waits for a restart +serverPorts\n/)

  const blind = await fleet('config', 'set', 'branch-17', 'serverPorts=54', ...sign)
  t.equal(blind.exitCode, 8)
  t.match(blind.stdout, /branch-17\/gate +refused +CONFIG_DISABLES_DETECTION: /)
  t.match(blind.stderr, /FLEET_REFUSED/)
  const diff = await fleet('config', 'diff', '--json')
  t.match(diff.json(), [
    { node: 'branch-17/gate', online: 'yes', target: 'all', state: 'waits for a restart' },
    { target: 'branch-17', state: 'refused', inForce: null },
    { summary: { agents: 1, behind: 1 } },
  ])
  const mended = await fleet('config', 'set', 'branch-17', '--unset', 'serverPorts', 'idleSeconds=8', ...sign)
  t.equal(mended.exitCode, 0, mended.stderr)

  for (const [args, exitCode, text] of [
    [['set', 'all', 'alerts.capPerMinute=0', ...sign], 3, /capPerMinute: expected an integer from 1/],
    [['set', 'all', 'idleSeconds=9'], 2, /--sign-with/],
    [['set', 'all', 'nonsense', ...sign], 2, /PATH=VALUE/],
    [['set', 'all', 'idleSeconds=9', '--revision', '3', ...sign], 9, /revision 3/],
  ] as const) {
    const refused = await fleet('config', ...args)
    t.equal(refused.exitCode, exitCode, args.join(' '))
    t.match(refused.stderr, text)
  }

  const [old, next] = [join(folder, 'all.signed'), join(folder, 'next.signed')]
  t.equal((await fleet('config', 'get', 'all', '--envelope-out', old)).exitCode, 0)
  const offline = await fleet.without(
    'config',
    'set',
    'all',
    'idleSeconds=9',
    ...sign,
    '--onto',
    old,
    '--envelope-out',
    next,
  )
  t.equal(offline.exitCode, 0, offline.stderr)
  t.match(await fleet('config', 'publish', next), { exitCode: 0, stdout: /waits for a restart/ })
  t.match(await fleet('config', 'publish', old), { exitCode: 9, stderr: /ENVELOPE_OLD_REVISION/ })
  const get = await fleet('config', 'get', 'all')
  t.match(get.stdout, /alerts.capPerMinute = 7\n {2}idleSeconds = 9\n {2}serverPorts = \[53,5353\]/)

  await agent().stop()
  await start()
  const after = await fleet('config', 'diff')
  t.match(after.stdout, /1 agents, 0 of them do not run all that is wanted/)
  t.notMatch(after.stdout, 'waits')
})
