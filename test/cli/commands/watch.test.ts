import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import mqtt from 'mqtt'
import t, { type Test } from 'tap'
import { firsteight, MAIN } from '../../support/command-line.js'
import { createLink, until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'
import { sampleAnomaly } from '../../support/sample-messages.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })

/** `firsteight watch`, running, with what it has printed so far. */
function startWatch(
  t: Test,
  args: string[],
): { child: ChildProcess; output: () => string; lines: () => string[] } {
  const child = spawn(process.execPath, [MAIN, 'watch', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (data) => (text += data))
  return { child, output: () => text, lines: () => text.split('\n').filter((line) => line !== '') }
}

t.test(
  'prints alerts and statuses as they come, and ends after --count with a summary',
  MOSQUITTO,
  async (t) => {
    const broker = await Mosquitto.start()
    t.teardown(() => broker.remove())
    const { link } = createLink(t, { url: broker.url })
    await link.start({ failFast: true })
    const json = startWatch(t, ['--broker', broker.url, '--count', '2', '--json', '--site', 'test'])
    const text = startWatch(t, ['--broker', broker.url, '--count', '2', '--protocol', '3.1.1'])
    await until(
      'both have seen the retained status',
      () => json.lines().length > 0 && text.lines().length > 0,
    )

    const publisher = await mqtt.connectAsync(broker.url)
    await publisher.publishAsync('firsteight/v1/test/evil/anomaly', '\u001b[2Jnonsense', { qos: 1 })
    await publisher.endAsync()
    const eventIds = [1, 2].map(() => link.publishAnomaly({ anomaly: sampleAnomaly() }))
    for (const { child } of [json, text]) if (child.exitCode === null) await once(child, 'exit')
    t.same([json.child.exitCode, text.child.exitCode], [0, 0])

    const objects = json.lines().map((line) => JSON.parse(line))
    t.match(objects, [
      { type: 'status', state: 'ONLINE', site: 'test', node: 'edge-1' },
      { type: 'invalid', topic: 'firsteight/v1/test/evil/anomaly', error: { code: 'MESSAGE_INVALID' } },
      { type: 'anomaly', eventId: eventIds[0], sequence: 1, anomaly: { firstEight: '5353482d322e302d' } },
      { type: 'anomaly', eventId: eventIds[1], sequence: 2 },
      { summary: { alerts: 2, escalated: 0, statusChanges: 1, invalid: 1, repeats: 0, reconnects: 0 } },
    ])
    t.equal(objects.length, 5)
    t.match(
      text.output(),
      /^ONLINE site test, node edge-1 \(.*\)\nINVALID firsteight\/v1\/test\/evil\/anomaly: /,
    )
    t.match(text.output(), /first bytes {4}53 53 48 2d 32 2e 30 2d {2}"SSH-2\.0-"\n/)
    t.match(text.output(), /\n2 alerts \(0 escalated\), 1 status changes, 1 invalid messages\n$/)
    t.notOk(text.output().includes('\u001b'), 'no colour, and nothing of the hostile payload')
  },
)

t.test('SIGINT and --timeout end it in an orderly way', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const { link } = createLink(t, { url: broker.url })
  await link.start({ failFast: true })
  const watch = startWatch(t, ['--broker', broker.url, '--json'])
  await until('it listens', () => watch.lines().length > 0)
  watch.child.kill('SIGINT')
  await once(watch.child, 'exit')
  t.equal(watch.child.exitCode, 0)
  t.match(JSON.parse(watch.lines().at(-1)!), { summary: { alerts: 0, statusChanges: 1 } })

  const timed = await firsteight(['watch', '--broker', broker.url, '--timeout', '0.5', '--node', 'none'])
  t.match(timed, { exitCode: 0, stdout: '0 alerts (0 escalated), 0 status changes\n' })
})

t.test('what is wrong at the start is said at once, with its exit code', async (t) => {
  const cases = [
    [['--broker', 'mqtt://127.0.0.1:1'], 7, 'BROKER_UNREACHABLE'],
    [['--broker', 'mqtt://nobody.invalid'], 7, 'BROKER_UNKNOWN_HOST'],
    [['--broker', 'http://127.0.0.1'], 7, 'BROKER_ADDRESS'],
    [['--site', 'a/b'], 3, 'TOPIC_INVALID'],
    [['--username', 'u', '--password-file', '/does/not/exist'], 4, 'FILE_UNREADABLE'],
    [['--count', '0'], 2, 'USAGE'],
    [['--timeout', 'soon'], 2, 'USAGE'],
    [['--protocol', '4'], 2, 'USAGE'],
  ] as const
  const results = await Promise.all(cases.map(([args]) => firsteight(['watch', ...args])))
  for (const [index, [args, exitCode, code]] of cases.entries()) {
    const { stdout, ...result } = results[index]!
    t.match(result, { exitCode, stderr: `error [${code}]` }, args.join(' '))
    t.equal(stdout, '')
  }
})
