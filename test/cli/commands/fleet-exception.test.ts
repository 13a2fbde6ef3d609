import t from 'tap'
import { brokerRequires } from '../../support/brokers.js'
import { datagramCapture } from '../../support/datagram-capture.js'
import { enrolledAgent, type FleetCommand } from '../../support/enrolled-agent.js'

const NEEDS = brokerRequires('mkfifo')

/** Runs until what it prints passes. */
async function eventually(
  what: string,
  run: () => ReturnType<FleetCommand>,
  holds: (output: string) => boolean,
) {
  for (let attempt = 0; attempt < 30; attempt++) {
    if (holds((await run()).stdout)) return
  }
  throw new Error(`waited in vain until ${what}`)
}

t.test('exceptions: added, counted, listed, removed', NEEDS, async (t) => {
  const { fleet, fifo, ops } = await enrolledAgent(t)
  const sign = ['--sign-with', ops]
  const why = ['--owner', 'Dana', '--reason', 'own scanner']
  const added = await fleet(
    ...['exception', 'add', 'branch-17/gate', '--peer', '192.0.2.1', '--port', '53', '--id', 'scan'],
    ...[...why, '--days', '30', ...sign],
  )
  t.equal(added.exitCode, 0, added.stderr)
  t.match(added.stdout, /exception scan +- +peer 192.0.2.1, port 53/)
  t.match(added.stdout, /in force/)

  const banner = Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')
  fifo.write(datagramCapture(Array(5).fill(banner), (index) => [40_000 + index, 53]))
  await eventually(
    'the count is reported',
    () => fleet('exception', 'ls', '--json'),
    (output) => output.includes('"streams":5'),
  )
  t.match(
    (await fleet('exception', 'ls')).stdout,
    /branch-17\/gate +scan +peer 192.0.2.1, port 53 +Dana +own scanner/,
  )

  for (const [args, exitCode, text] of [
    [['add', 'all', '--port', '53', ...why, '--days', '1', ...sign], 8, /FLEET_REFUSED/],
    [['add', 'all', ...why, '--days', '1', ...sign], 3, /a peer, a pattern or a port/],
    [['add', 'all', '--peer', 'x', ...why, '--days', '1', ...sign], 2, /no address/],
  ] as const) {
    const refused = await fleet('exception', ...args)
    t.equal(refused.exitCode, exitCode, args.join(' '))
    t.match(refused.stderr, text)
  }
  const removed = await fleet('exception', 'rm', 'branch-17/gate', 'scan', ...sign)
  t.equal(removed.exitCode, 0, removed.stderr)
  t.match((await fleet('exception', 'ls', 'branch-17/gate')).stdout, /^0 exceptions/)
})
