import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../../agent/config.js'
import { brokerChecks, validity } from '../../../cli/doctor/broker.js'
import { diagnose } from '../../../cli/doctor/check.js'
import { CertificateAuthority } from '../../support/certificates.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'

async function look(settings: Record<string, unknown>) {
  const flags = Object.entries(settings).map(([path, value]) => ({ name: path, path, value }))
  const found = await Promise.all(brokerChecks(loadConfig({ environment: {}, flags })).map(diagnose))
  return Object.fromEntries(found.map((diagnosis) => [diagnosis.name, diagnosis]))
}

t.test('reachable and not, password right and wrong', requires({ programs: ['mosquitto'] }), async (t) => {
  const broker = await Mosquitto.start({ users: { agent: 'right' } })
  t.teardown(() => broker.remove())
  const folder = t.testdir({ right: 'right\n', wrong: 'wrong\n' })
  const settings = { 'broker.url': broker.url, 'broker.username': 'agent' }
  t.match(await look({ ...settings, 'broker.passwordFile': join(folder, 'right') }), {
    broker: { state: 'ok' },
  })
  t.match(await look({ ...settings, 'broker.passwordFile': join(folder, 'wrong') }), {
    broker: { state: 'failed', mend: /password/ },
  })
  t.match(await look({ 'broker.url': 'mqtt://127.0.0.1:1' }), {
    broker: { state: 'failed', mend: /broker runs/ },
  })
})

t.test('certificates that end soon', requires({ programs: ['mosquitto', 'openssl'] }), async (t) => {
  const folder = t.testdir({})
  const authority = new CertificateAuthority(folder, 'authority')
  const pair = authority.issue('broker', 'IP:127.0.0.1', 5)
  const client = authority.issue('client', 'DNS:client', 90)
  const broker = await Mosquitto.start({ tls: { ...pair, clientAuthority: authority.certificate } })
  t.teardown(() => broker.remove())
  const found = await look({
    'broker.url': broker.tlsUrl,
    'broker.caFile': authority.certificate,
    'broker.certificateFile': client.certificate,
    'broker.keyFile': client.key,
  })
  t.match(found, {
    broker: { state: 'ok' },
    certificates: { state: 'warning', finding: /certificate of the broker ends in [45] days/ },
  })

  const certificate = new X509Certificate(readFileSync(pair.certificate))
  const start = Date.parse(certificate.validFrom)
  const day = 86_400_000
  t.match(validity('it', certificate, start + 6 * day), { state: 'failed', finding: /it ended on/ })
  t.match(validity('it', certificate, start - day), { state: 'failed', finding: /begins on/ })
  t.match(validity('it', new X509Certificate(readFileSync(client.certificate))), {
    state: 'ok',
    finding: /8\d|90/,
  })
})
