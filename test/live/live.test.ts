import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { until } from '../support/link.js'
import { livePrograms } from '../support/live-programs.js'
import { Mosquitto } from '../support/mosquitto.js'
import { requires } from '../support/requires.js'
import { RunningCommand } from '../support/running-command.js'

/** The main job, end to end: real programs, real capture, real broker, the command line as a user starts it. */

const NEEDS = requires({
  programs: ['tcpdump', 'mosquitto', 'dnsmasq', 'dig', 'sshd', 'ssh', 'ssh-keygen', 'openssl', 'curl', 'nc'],
  captureRight: true,
})
const UDP_QUERIES = 1000
const TCP_QUERIES = 100
/** Further alerts, so that the median time to the broker rests on more than a few. */
const MORE_DATAGRAMS = 50

interface Alert {
  type: string
  anomaly: { tag: string; kind: string; flow: { serverPort: number; clientPort: number }; triageHint: string }
}

interface Summary {
  contexts: Record<string, { streams: number; anomalies: number; short: number }>
  undecoded: Record<string, number>
  capture: { received: number | 'unknown'; dropped: number | 'unknown' }
  packetToBroker: { medianMilliseconds: number; highMilliseconds: number }
}

for (const kind of ['cap', 'stream']) {
  t.test(`${kind}: DNS raises no alert, everything else raises one`, NEEDS, async (t) => {
    const broker = await Mosquitto.start()
    t.teardown(() => broker.remove())
    const { ports, dnsPort, dig, others } = await livePrograms(t)
    const watch = new RunningCommand(t, ['watch', '--broker', broker.url, '--json'])
    const agent = new RunningCommand(t, [
      ...['run', '-i', 'lo', '--capture', kind, '--ports', ports.join(','), '--broker', broker.url],
      ...['--window', '1', '--cap', '1000', '--json'],
    ])
    await agent.says('capturing from')
    await watch.says('"state":"ONLINE"')
    const alerts = () => watch.objects().filter(({ type }) => type === 'anomaly') as unknown as Alert[]

    t.equal(await dig(UDP_QUERIES, 'udp'), UDP_QUERIES, 'UDP queries answered')
    t.equal(await dig(TCP_QUERIES, 'tcp'), TCP_QUERIES, 'TCP queries answered')
    t.equal(alerts().length, 0, 'no alert on DNS')

    for (const [name, { port, speak }] of Object.entries(others)) {
      await speak()
      const of = () => alerts().filter(({ anomaly }) => anomaly.flow.serverPort === port)
      await until(`an alert on ${name}`, () => of().length > 0)
      const [first] = of()
      t.match(first?.anomaly, { tag: 'AI-Anomalous-DNS-Reconstruction', kind: 'RECONSTRUCTION' }, name)
      t.comment(`${name}: ${first?.anomaly.triageHint}`)
    }

    const before = alerts().length
    for (let count = 0; count < MORE_DATAGRAMS; count++) {
      await others['random datagram']!.speak()
      await sleep(10)
    }
    await until('every datagram has its alert', () => alerts().length >= before + MORE_DATAGRAMS)

    t.equal(await agent.stop(), 0)
    await watch.says('"state":"STOPPED"')
    t.equal(await watch.stop(), 0)
    t.notOk(
      alerts().some(({ anomaly }) => anomaly.flow.serverPort === dnsPort),
      'still none on DNS',
    )
    const { summary } = agent.objects().at(-1) as { summary: Summary }
    t.ok(summary.contexts['udp-query']!.streams >= UDP_QUERIES, 'every UDP query was scored')
    t.ok(summary.contexts['udp-response']!.streams >= UDP_QUERIES, 'every UDP response')
    t.ok(summary.contexts['tcp-query']!.streams >= TCP_QUERIES, 'every TCP query')
    t.ok(summary.contexts['tcp-response']!.streams >= TCP_QUERIES, 'every TCP response')
    t.same(summary.capture.dropped, kind === 'cap' ? 'unknown' : 0)
    const { medianMilliseconds, highMilliseconds } = summary.packetToBroker
    t.comment(`packet to broker: median ${medianMilliseconds} ms, 99% within ${highMilliseconds} ms`)
  })
}
