import { randomUUID, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { Config } from '../../agent/config.js'
import { connectBroker, disconnect } from '../../core/broker/connection.js'
import { type BrokerOptions, resolveBroker } from '../../core/broker/options.js'
import { type Check, type Finding, failed, ok, warning } from './check.js'

const DAY = 86_400_000
/** A certificate that ends sooner than this is worth a warning. */
const SOON_DAYS = 30

/** Connects as the agent would, but under another client identifier, so that a running agent keeps its connection. */
export function brokerChecks(config: Config): Check[] {
  const optionsOf = () => ({
    ...resolveBroker(config.broker, ''),
    clientId: `firsteight-doctor-${randomUUID()}`,
  })
  const secure = /^(mqtts|wss):/.test(config.broker.url)
  return [
    { name: 'broker', look: () => connectionFinding(optionsOf()) },
    ...(secure ? [{ name: 'certificates', look: () => certificatesFinding(optionsOf()) }] : []),
  ]
}

async function connectionFinding(options: BrokerOptions): Promise<Finding> {
  const connection = await connectBroker(options)
  await disconnect(connection)
  return ok(`${options.address} accepts the connection`)
}

async function certificatesFinding(options: BrokerOptions): Promise<Finding> {
  const shown = await brokerCertificate(options)
  const own = options.certificate && new X509Certificate(options.certificate)
  const findings = [
    ...(shown ? [validity('the certificate of the broker', shown)] : []),
    ...(own ? [validity('the client certificate', own)] : []),
  ]
  const worst =
    findings.find(({ state }) => state === 'failed') ?? findings.find(({ state }) => state === 'warning')
  if (worst) return worst
  if (shown === undefined)
    return warning('the certificate of the broker could not be read', 'See the check "broker"')
  return ok(findings.map(({ finding }) => finding).join('; '))
}

/** Says until when a certificate is valid, in days from `now`. */
export function validity(what: string, certificate: X509Certificate, now = Date.now()): Finding {
  const from = new Date(certificate.validFrom)
  const to = new Date(certificate.validTo)
  const days = Math.floor((to.getTime() - now) / DAY)
  if (to.getTime() < now) return failed(`${what} ended on ${to.toISOString()}`, 'Renew it')
  if (from.getTime() > now) return failed(`${what} begins on ${from.toISOString()} only`, 'Check the clock')
  if (days < SOON_DAYS) return warning(`${what} ends in ${days} days, on ${to.toISOString()}`, 'Renew it')
  return ok(`${what} is valid for ${days} more days`)
}

/** Looks at the certificate without judging it; undefined when there is no TLS handshake to be had. */
function brokerCertificate(options: BrokerOptions): Promise<X509Certificate | undefined> {
  const { hostname, port, protocol } = new URL(options.address)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port) || (protocol === 'wss:' ? 443 : 8883),
      // An address is no server name, RFC 6066 section 3.
      ...(isIP(host) === 0 && { servername: host }),
      rejectUnauthorized: false,
      timeout: options.connectTimeoutMilliseconds,
      ...(options.certificate && { cert: options.certificate }),
      ...(options.key && { key: options.key }),
    })
    const end = (certificate?: X509Certificate) => {
      socket.destroy()
      resolve(certificate)
    }
    socket.once('secureConnect', () => end(socket.getPeerX509Certificate()))
    socket.once('timeout', () => end())
    socket.once('error', () => end())
  })
}
