import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { BrokerSettings } from '../../../core/broker/options.js'
import { decodeStatus } from '../../../core/messages.js'
import { CertificateAuthority } from '../../support/certificates.js'
import { createLink, Receiver, until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'
import { sampleAnomaly } from '../../support/sample-messages.js'
import { TcpProxy } from '../../support/tcp-proxy.js'

const MOSQUITTO = requires({ programs: ['mosquitto', 'openssl'] })

t.test('alerts arrive over every transport and both protocol versions', MOSQUITTO, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-certificates-'))
  const authority = new CertificateAuthority(folder, 'authority')
  const server = authority.issue('server', 'IP:127.0.0.1')
  const client = authority.issue('client', 'DNS:client')
  const broker = await Mosquitto.start({
    tls: { ...server, clientAuthority: authority.certificate },
    websocket: true,
  })
  t.teardown(async () => {
    await broker.remove()
    rmSync(folder, { recursive: true })
  })
  const receiver = await Receiver.connect(t, broker.url, { protocolVersion: 5 })

  const tlsFiles = {
    caFile: authority.certificate,
    certificateFile: client.certificate,
    keyFile: client.key,
  }
  const transports: BrokerSettings[] = [
    { url: broker.url },
    { url: broker.tlsUrl, ...tlsFiles },
    { url: broker.websocketUrl },
    { url: broker.secureWebsocketUrl, ...tlsFiles },
  ]
  for (const transport of transports) {
    for (const protocol of ['5', '3.1.1'] as const) {
      receiver.received.length = 0
      const { link, bootId, acknowledged } = createLink(t, { ...transport, protocol })
      await link.start({ failFast: true })
      const eventId = link.publishAnomaly({ anomaly: sampleAnomaly() })
      const suppressed = {
        fromMicroseconds: 1,
        toMicroseconds: 2,
        alerts: 3,
        anomalousStreams: 4,
        capPerMinute: 5,
      }
      link.publishAnomaly({ suppressed })
      t.same(await link.drain(5000), { remaining: 0 })
      await link.stop()
      await until('the last status arrives', () => receiver.states.includes('STOPPED'))

      const [first, second] = receiver.reports
      t.match(first, {
        eventId,
        header: { schemaVersion: 1, site: 'test', node: 'edge-1', bootId, sequence: 1 },
      })
      t.same(first?.anomaly, sampleAnomaly())
      t.match(second, { header: { sequence: 2 }, suppressed })
      t.equal(acknowledged[0], eventId)
      t.same(receiver.states.slice(-2), ['ONLINE', 'STOPPED'], 'and no OFFLINE: the will is not used')
      t.match(link.statistics, { connected: false, published: 2, acknowledged: 2, dropped: 0, queued: 0 })

      const alert = receiver.received.find(({ topic }) => topic.endsWith('/anomaly'))
      t.equal(alert?.topic, 'firsteight/v1/test/edge-1/anomaly')
      t.equal(alert?.packet.qos, 1)
      t.equal(alert?.packet.retain, false)
      const properties = alert?.packet.properties
      t.equal(properties?.contentType, protocol === '5' ? 'application/x-protobuf' : undefined)
      if (protocol === '5') {
        t.match(properties?.userProperties, { schema: 'firsteight.v1.AnomalyReport' })
        t.ok((properties?.messageExpiryInterval ?? 0) > 0)
      }
    }
  }
})

t.test('the status is retained: birth while it runs, will after it vanished', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  for (const protocol of ['5', '3.1.1'] as const) {
    const proxy = await TcpProxy.start(broker.ports.tcp)
    const { link, bootId } = createLink(t, { url: `mqtt://127.0.0.1:${proxy.port}`, protocol })
    await link.start({ failFast: true })
    link.publishAnomaly({ anomaly: sampleAnomaly() })
    await link.drain(5000)

    const lateReceiver = await Receiver.connect(t, broker.url)
    await until('a late subscriber sees the retained birth', () => lateReceiver.states.length > 0)
    t.same(lateReceiver.states, ['ONLINE'])
    t.equal(lateReceiver.received[0]?.packet.retain, true)

    await proxy.close()
    await until('the broker publishes the will', () => lateReceiver.states.at(-1) === 'OFFLINE')
    const latestReceiver = await Receiver.connect(t, broker.url)
    await until('the retained will', () => latestReceiver.states.length > 0)
    t.same(latestReceiver.states, ['OFFLINE'], 'retained')
    t.match(decodeStatus(latestReceiver.received[0]!.payload), {
      header: { bootId },
      kernel: 'simd',
      capture: 'stream',
      agentVersion: '0.1.0',
    })
    await link.stop()
    await Promise.all([lateReceiver.end(), latestReceiver.end()])
  }
})

t.test('an alert that cannot be encoded is dropped and counted, and nothing throws', async (t) => {
  const { link, lines } = createLink(t, { url: 'mqtt://127.0.0.1:1' })
  link.publishAnomaly({ anomaly: sampleAnomaly({ firstEight: new Uint8Array(9) }) })
  t.match(link.statistics, { published: 1, dropped: 1, queued: 0 })
  t.match(lines, [/alert dropped: anomaly.first_eight: expected 8 bytes, found 9/])
})

t.test('a bad site or node name is refused at once', async (t) => {
  const identity = { site: 'a/b', node: 'n', bootId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10' }
  t.throws(() => createLink(t, { url: 'mqtt://127.0.0.1' }, { identity }), { code: 'TOPIC_INVALID' })
})

/**
 * An MQTT 5 server that accepts everybody and acknowledges each publish with a reason of the test's choice:
 * the real brokers of these tests never refuse a message for its content.
 */
async function startPickyServer(t: Test, reasonFor: (topic: string) => number): Promise<string> {
  const answer = (type: number, body: Buffer): number[] => {
    if (type === 1) return [0x20, 3, 0, 0, 0]
    if (type !== 3) return []
    const topicEnd = 2 + body.readUInt16BE(0)
    const topic = body.toString('utf8', 2, topicEnd)
    return [0x40, 4, body[topicEnd]!, body[topicEnd + 1]!, reasonFor(topic), 0]
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      for (;;) {
        // Packet type, remaining length (1 or 2 bytes here: below 16,384), body. MQTT 5 section 2.1.
        const bodyStart = (received[1] ?? 0) < 0x80 ? 2 : 3
        if (received.length < bodyStart) return
        const length = bodyStart === 2 ? received[1]! : (received[1]! & 0x7f) + 128 * received[2]!
        if (received.length < bodyStart + length) return
        const body = received.subarray(bodyStart, bodyStart + length)
        socket.write(Buffer.from(answer(received[0]! >> 4, body)))
        received = received.subarray(bodyStart + length)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('an alert that the broker refuses for its content is dropped; the next one passes', async (t) => {
  const payloadFormatInvalid = 153
  let alerts = 0
  const url = await startPickyServer(t, (topic) => {
    return topic.endsWith('anomaly') && ++alerts === 1 ? payloadFormatInvalid : 0
  })
  const { link, lines, acknowledged } = createLink(t, { url })
  await link.start({ failFast: true })
  link.publishAnomaly({ anomaly: sampleAnomaly() })
  t.same(await link.drain(5000), { remaining: 0 })
  const second = link.publishAnomaly({ anomaly: sampleAnomaly() })
  t.same(await link.drain(5000), { remaining: 0 })
  t.same(acknowledged, [second])
  t.match(link.statistics, { published: 2, acknowledged: 1, dropped: 1 })
  t.match(lines.at(-1), /alert dropped by the broker: .*Payload format invalid/)
})
