import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import mqttPacket from 'mqtt-packet'
import t from 'tap'
import { connectBroker, disconnect } from '../../../core/broker/connection.js'
import { type BrokerSettings, resolveBroker } from '../../../core/broker/options.js'
import { CertificateAuthority } from '../../support/certificates.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })
const TLS = requires({ programs: ['mosquitto', 'openssl'] })

async function tryOnce(settings: BrokerSettings): Promise<void> {
  const options = resolveBroker({ connectTimeoutSeconds: 2, ...settings }, 'firsteight-test')
  await disconnect(await connectBroker(options))
}

t.test('no table of all two-byte numbers is made', async (t) => {
  await t.rejects(tryOnce({ url: 'mqtt://127.0.0.1:9' }), { code: 'BROKER_UNREACHABLE' })
  t.equal(mqttPacket.writeToStream.cacheNumbers, false)
})

t.test('wrong and right passwords', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start({ users: { agent: 'right' } })
  t.teardown(() => broker.remove())
  const folder = t.testdir({ right: 'right\n', wrong: 'wrong\n' })
  for (const protocol of ['5', '3.1.1'] as const) {
    const settings = { url: broker.url, protocol, username: 'agent' }
    await tryOnce({ ...settings, passwordFile: join(folder, 'right') })
    for (const refused of [
      { ...settings, passwordFile: join(folder, 'wrong') },
      settings,
      { ...settings, username: '' },
    ]) {
      await t.rejects(tryOnce(refused), {
        code: 'BROKER_REFUSED',
        message: /: (not authorised|wrong user name or password)$/,
        hint: /password/,
      })
    }
  }
})

t.test('nobody there, unknown host, wrong protocol', async (t) => {
  await t.rejects(tryOnce({ url: 'mqtt://127.0.0.1:1' }), { code: 'BROKER_UNREACHABLE', hint: /broker runs/ })
  await t.rejects(tryOnce({ url: 'mqtt://[::1]:1' }), { code: 'BROKER_UNREACHABLE' })
  await t.rejects(tryOnce({ url: 'ws://127.0.0.1:1' }), { code: 'BROKER_UNREACHABLE' })
  await t.rejects(tryOnce({ url: 'mqtt://nobody.invalid' }), {
    code: 'BROKER_UNKNOWN_HOST',
    message: /nobody\.invalid/,
  })

  const http = createHttpServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.teardown(() => http.close())
  const { port } = http.address() as AddressInfo
  for (const scheme of ['mqtt', 'ws']) {
    await t.rejects(tryOnce({ url: `${scheme}://127.0.0.1:${port}` }), { code: 'BROKER_PROTOCOL' }, scheme)
  }
  await t.rejects(tryOnce({ url: `mqtts://127.0.0.1:${port}` }), {
    code: 'BROKER_TLS',
    message: /does not speak TLS/,
  })
})

t.test('a server that says nothing is given up in time', async (t) => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const url = `mqtt://127.0.0.1:${(silent.address() as AddressInfo).port}`
  await t.rejects(tryOnce({ url, connectTimeoutSeconds: 1 }), {
    code: 'BROKER_UNREACHABLE',
    message: /time limit/,
  })

  const abort = new AbortController()
  const attempt = connectBroker(resolveBroker({ url }, 'c'), undefined, abort.signal)
  setTimeout(() => abort.abort(), 20)
  await t.rejects(attempt, { code: 'BROKER_PROTOCOL' }, 'abandoned at once')
})

t.test('certificates: expired, unknown authority, other host, none shown, unusable', TLS, async (t) => {
  const folder = t.testdir({})
  const authority = new CertificateAuthority(folder, 'authority')
  const other = new CertificateAuthority(folder, 'other-authority')
  const client = authority.issue('client', 'DNS:client')
  const listen = async (server: { certificate: string; key: string }) => {
    const broker = await Mosquitto.start({ tls: { ...server, clientAuthority: authority.certificate } })
    t.teardown(() => broker.remove())
    return broker.tlsUrl
  }
  const good = await listen(authority.issue('good', 'IP:127.0.0.1'))
  const shown = { caFile: authority.certificate, certificateFile: client.certificate, keyFile: client.key }

  await tryOnce({ url: good, ...shown })
  const refused = async (settings: BrokerSettings, message: RegExp) =>
    t.rejects(tryOnce(settings), { code: 'BROKER_TLS', message, hint: /./ }, String(message))
  await refused({ url: good, ...shown, caFile: other.certificate }, /not signed by a trusted authority/)
  await refused({ url: good, caFile: authority.certificate }, /TLS failed: alert certificate required/)
  const stranger = other.issue('stranger', 'DNS:stranger')
  const strange = { certificateFile: stranger.certificate, keyFile: stranger.key }
  await refused({ url: good, ...shown, ...strange }, /TLS failed: alert/)
  await refused({ url: good, ...shown, keyFile: stranger.key }, /TLS failed: .*mismatch/)
  const garbage = join(folder, 'garbage')
  writeFileSync(garbage, readFileSync(client.key).subarray(0, 40))
  await refused({ url: good, ...shown, keyFile: garbage }, /TLS failed/)
  await refused(
    { url: await listen(authority.issue('expired', 'IP:127.0.0.1', -1)), ...shown },
    /has expired/,
  )
  await refused(
    { url: await listen(authority.issue('elsewhere', 'DNS:elsewhere')), ...shown },
    /another host name/,
  )
})
