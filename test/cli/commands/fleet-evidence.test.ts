import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { anomalyReportJson } from '../../../core/message-json.js'
import { formatTrustFile } from '../../../core/signature/trusted-keys.js'
import { brokerRequires, testBroker } from '../../support/brokers.js'
import { firsteight, jsonLines } from '../../support/command-line.js'
import { Receiver, until } from '../../support/link.js'
import { RunningCommand } from '../../support/running-command.js'
import { type TestKey, testKey, trusting } from '../../support/signing.js'
import { capinfos, tsharkFrames } from '../../support/wireshark.js'

const CAPTURE = resolve('lab/captures/demo.pcap')
const NODE = 'branch-17/gate'
const PCAP_HEADER = 24

function keyFile(folder: string, name: string, key: TestKey): string {
  const path = join(folder, `${name}.key`)
  writeFileSync(path, key.signing.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  chmodSync(path, 0o600)
  return path
}

/** A real agent that captures a recorded office, and once more when `again` is called. */
async function office(t: Test) {
  const broker = await testBroker(t, { deaths: true })
  const folder = t.testdir({ state: {} })
  const [ops, clerk] = [testKey('ops', ['keys', 'command']), testKey('clerk', ['config'])]
  writeFileSync(join(folder, 'state', 'trusted-keys.json'), formatTrustFile(trusting(ops, clerk)))
  const go = join(folder, 'go')
  const again = `tail -c +${PCAP_HEADER + 1} ${CAPTURE}`
  const program = `cat ${CAPTURE}; until [ -e ${go} ]; do sleep 0.1; done; ${again}; exec sleep 600`
  const settings = {
    ...{ site: 'branch-17', node: 'gate', stateFolder: join(folder, 'state') },
    broker: broker.settings,
    capture: { kind: 'stream', command: ['sh', '-c', program] },
    evidence: { afterSeconds: 1 },
    alerts: { capPerMinute: 60 },
  }
  const config = join(folder, 'agent.json')
  const configure = (change: object) => writeFileSync(config, JSON.stringify({ ...settings, ...change }))
  configure({})
  const centre = await Receiver.connect(t, broker)
  const agent = new RunningCommand(t, ['run', '--config', config])
  const fleet = (args: string[], key = keyFile(folder, 'ops', ops)) =>
    firsteight(['fleet', ...args, ...broker.flags, '--sign-with', key, '--json'])
  return {
    folder,
    centre,
    agent,
    fleet,
    configure,
    clerkKey: keyFile(folder, 'clerk', clerk),
    goOn: () => writeFileSync(go, ''),
  }
}

t.test(
  "an alert's evidence comes over the broker; tshark shows the flow, and its hash is the alert's",
  brokerRequires('tshark'),
  async (t) => {
    const { folder, centre, agent, fleet, configure, clerkKey, goOn } = await office(t)
    const alerts = () => centre.reports.filter(({ anomaly }) => anomaly?.evidence?.eventId !== undefined)
    await until('alerts with evidence', () => alerts().length >= 4)
    const alert = alerts().find(({ eventId, anomaly }) => anomaly!.evidence!.eventId === eventId)!
    const { flow, evidence } = anomalyReportJson(alert).anomaly as Record<string, Record<string, unknown>>
    const file = join(folder, 'alert.pcapng')
    const args = ['evidence', alert.eventId, '-o', file, '--node', NODE, '--sha256', String(evidence!.sha256)]
    await until('its collection is over', () =>
      existsSync(join(folder, 'state', 'evidence', `${alert.eventId}.pcapng`)),
    )

    const refused = await fleet(args, clerkKey)
    t.equal(refused.exitCode, 9, 'a key that may not')
    t.match(refused.stdout, 'SIGNATURE_KEY_ROLE')

    const { exitCode, stdout, stderr } = await fleet(args)
    t.equal(exitCode, 0, stderr)
    const { summary } = jsonLines(stdout).at(-1)
    t.match(summary, { site: 'branch-17', node: 'gate', matchesAlert: true, sectionSha256: evidence!.sha256 })
    t.equal(createHash('sha256').update(readFileSync(file)).digest('hex'), summary.sha256)
    const transport = String(flow!.transport).toLowerCase()
    const filter = `ip.addr == ${flow!.clientAddress} && ${transport}.port == ${flow!.clientPort}`
    const kept = tsharkFrames(file)
    t.ok(kept.length > 0)
    t.same(tsharkFrames(file, filter), kept, 'the flow and nothing else')
    t.ok(tsharkFrames(CAPTURE, filter).join().includes(kept.join()), 'as it was on the wire')
    t.match(capinfos(file), alert.eventId)

    t.match((await fleet(args)).stdout, '--force', 'an existing file stays')
    const wrong = [
      'evidence',
      alert.eventId,
      '-o',
      join(folder, 'x'),
      '--node',
      NODE,
      '--sha256',
      'ab'.repeat(32),
    ]
    t.match(await fleet(wrong), { exitCode: 8, stdout: /EVIDENCE_MISMATCH/ })
    t.notOk(existsSync(join(folder, 'x')))
    const found = await fleet(['evidence', alert.eventId, '-o', join(folder, 'found'), '--force'])
    t.equal(found.exitCode, 0, found.stderr)
    t.same(readFileSync(join(folder, 'found')), readFileSync(file), 'without saying where it is')
    const listed = jsonLines((await fleet(['evidence', 'ls', NODE])).stdout)
    t.ok(listed.some((row: { eventId?: string }) => row.eventId === alert.eventId))

    const done = async (...more: string[]) => {
      const { exitCode, stdout, stderr } = await fleet(['command', NODE, ...more])
      t.equal(exitCode, 0, stderr)
      return jsonLines(stdout).at(-1).summary
    }
    const births = () => centre.states.filter((state) => state === 'ONLINE').length
    const before = births()
    t.ok((await done('status')).figures['kernel.packets'] > 0)
    await until('the status is published', () => births() > before)
    t.match(await done('metrics'), { message: /metrics are published/ })
    t.match(await done('rebirth'), { message: /published again/ })
    configure({ alerts: { capPerMinute: 7 } })
    t.match(await done('reload'), { message: /alerts\.capPerMinute/ })

    const now = join(folder, 'now.pcapng')
    const capture = done('capture', '--seconds', '60', '--packets', '50', '-o', now)
    await agent.says('ORDER_CAPTURE')
    goOn()
    t.match(await capture, { figures: { packets: 50, missed_packets: 0 } })
    t.same(tsharkFrames(now), tsharkFrames(CAPTURE, 'udp.port == 53 || tcp.port == 53').slice(0, 50))
    t.equal(await agent.stop(), 0)
  },
)
