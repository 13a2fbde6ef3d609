import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { CommandSource } from '../../../agent/capture/command.js'
import { pcapFile, udpFrame } from '../../support/pcap.js'
import { RecordingSink } from '../../support/recording-sink.js'
import { captureSourceContract, start } from './contract.js'

const fileOf = (payloads: readonly string[]) =>
  pcapFile(payloads.map((payload) => udpFrame(Buffer.from(payload), 40000, 53)))
/** Node.js code as a capture program. */
const nodeProgram = (code: string, ...args: string[]) => [process.execPath, '-e', code, ...args]

captureSourceContract({
  name: 'command',
  kind: 'stream',
  ends: true,
  knowsStatistics: false,
  options: {},
  rig: async (t, payloads) => {
    const path = join(t.testdir({ capture: fileOf(payloads) }), 'capture')
    return { port: 53, source: () => new CommandSource(['cat', path]), send: async () => {} }
  },
})

t.test('a program that is missing, may not be started, fails, or is killed', async (t) => {
  const run = (...command: string[]) => new CommandSource(command).run(new RecordingSink())
  await t.rejects(run('no-such-program'), {
    code: 'CAPTURE_NO_TCPDUMP',
    message: /no-such-program/,
    hint: /apt-get install tcpdump/,
  })
  await t.rejects(run(join(t.testdir({ script: '' }), 'script')), { code: 'CAPTURE_NO_RIGHT' })
  await t.rejects(
    run(...nodeProgram('console.error("first"); console.error("out of paper"); process.exit(3)')),
    {
      code: 'CAPTURE_ENDED',
      message: /exit code 3: first; out of paper/,
    },
  )
  await t.rejects(run(...nodeProgram('process.kill(process.pid, "SIGKILL")')), {
    code: 'CAPTURE_ENDED',
    message: /signal SIGKILL/,
  })
})

t.test('a program that ignores SIGTERM is killed', async (t) => {
  const source = new CommandSource(
    nodeProgram('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'),
  )
  const { ended } = await start(source, new RecordingSink())
  await sleep(500)
  await source.stop()
  await ended
  t.pass('run ended')
})

t.test('arguments reach the program as they are, through no shell', async (t) => {
  const path = join(t.testdir({ 'a b; $(c)': fileOf(['one']) }), 'a b; $(c)')
  const sink = new RecordingSink()
  await new CommandSource(['cat', path]).run(sink)
  t.same(sink.payloads, ['one'])
})

t.test('the program waits while the sink is busy: nothing piles up here', async (t) => {
  const code =
    'const b = Buffer.alloc(1 << 20); let n = 0; const w = () => process.stdout.write(b, () => { console.error(++n); w() }); w()'
  const source = new CommandSource(nodeProgram(code))
  const sink = new RecordingSink(65536)
  let bytes = 0
  sink.chunk = (length) => {
    bytes += length
    for (const until = performance.now() + 5; performance.now() < until; );
    return undefined
  }
  const { ended } = await start(source, sink)
  const before = process.memoryUsage.rss()
  await sleep(1500)
  t.ok(bytes > 0)
  t.ok(process.memoryUsage.rss() - before < 64 << 20)
  await source.stop()
  await ended
})
