import t from 'tap'
import { ServiceNotifier } from '../../../agent/service/notifier.js'
import { createListLog, until } from '../../support/link.js'
import { NotifyListener } from '../../support/notify-listener.js'
import { requires } from '../../support/requires.js'
import { RunningCommand } from '../../support/running-command.js'

const SYSTEMD = requires({ programs: ['systemd-notify', 'python3'] })

t.test('a service tells that it is ready, lives and ends', SYSTEMD, async (t) => {
  const listener = await NotifyListener.start(t)
  const folder = t.testdir({
    'agent.yaml':
      'broker: { url: "mqtt://127.0.0.1:1" }\ncapture: { kind: stream, command: [sleep, "600"] }\n',
  })
  const through = ['env', `NOTIFY_SOCKET=${listener.path}`, 'WATCHDOG_USEC=1000000']
  const agent = new RunningCommand(t, ['run', '--config', `${folder}/agent.yaml`], { through })
  const told = (word: string) => listener.messages.filter((text) => text.includes(word))
  await until('it is ready', () => told('READY=1').length > 0)
  t.match(told('READY=1')[0], /STATUS=capturing from /)
  await until('it lives', () => told('WATCHDOG=1').length >= 2)
  agent.process.kill('SIGTERM')
  await until('it ends', () => told('STOPPING=1').length > 0)
  await agent.ended()
})

t.test('an orderly end is told', SYSTEMD, async (t) => {
  const listener = await NotifyListener.start(t)
  const { log, lines } = createListLog()
  process.env.NOTIFY_SOCKET = listener.path
  t.teardown(() => delete process.env.NOTIFY_SOCKET)
  const environment = { NOTIFY_SOCKET: listener.path, WATCHDOG_USEC: '1000000', WATCHDOG_PID: '1' }
  const notifier = new ServiceNotifier({ environment, log })
  await notifier.ready('capturing')
  await notifier.stopping()
  await until('it is told', () => listener.messages.some((text) => text.includes('STOPPING=1')))
  t.notOk(
    listener.messages.some((text) => text.includes('WATCHDOG')),
    'the watchdog is of another process',
  )
  t.same(lines, [])
})

t.test(
  'where nobody listens it is said once, and without a service manager nothing happens',
  SYSTEMD,
  async (t) => {
    const { log, lines } = createListLog()
    await new ServiceNotifier({ environment: {}, log }).ready('x')
    t.same(lines, [])
    process.env.NOTIFY_SOCKET = `${t.testdir()}/none`
    t.teardown(() => delete process.env.NOTIFY_SOCKET)
    const notifier = new ServiceNotifier({ environment: { NOTIFY_SOCKET: process.env.NOTIFY_SOCKET }, log })
    await notifier.ready('x')
    await notifier.stopping()
    t.equal(lines.length, 1)
    t.match(lines[0], /systemd may end this agent/)
  },
)
