import { type ErrorCode, FirsteightError, messageOf, systemCodeOf } from '../errors.js'

/**
 * Turns what mqtt, the TLS library and the system report about a broken or refused connection
 * into errors meant for a person.
 */

/** What is known about a connection that ended. */
export interface ConnectionEnd {
  /** Broker address without credentials. */
  address: string
  clientId: string
  protocolVersion: 4 | 5
  /** The broker had accepted the connection. */
  wasConnected: boolean
  /** The first error seen, if any: a system, TLS, WebSocket or mqtt error. */
  error: unknown
}

type Explanation = readonly [code: ErrorCode, problem: string, hint: string]

const CHECK_CREDENTIALS = 'Check user name and password, and the access list of the broker.'
const CHECK_CERTIFICATES =
  'Check caFile, certificateFile and keyFile, and the dates with `openssl x509 -noout -subject -dates -in FILE`.'
const CHECK_BROKER = 'Check that the broker runs, and that port and firewall let this machine through.'
const CHECK_PORT = 'Check that host, port and scheme (mqtt, mqtts, ws, wss) are those of the MQTT broker.'

const SYSTEM: Record<string, Explanation> = {
  ENOTFOUND: ['BROKER_UNKNOWN_HOST', 'the host name is unknown', 'Check the host name and the DNS resolver.'],
  EAI_AGAIN: [
    'BROKER_UNKNOWN_HOST',
    'the host name could not be resolved: the DNS resolver does not answer',
    'Check the host name and the DNS resolver.',
  ],
  ECONNREFUSED: ['BROKER_UNREACHABLE', 'nothing listens there', CHECK_BROKER],
  ECONNRESET: ['BROKER_UNREACHABLE', 'the connection was reset', CHECK_BROKER],
  EPIPE: ['BROKER_UNREACHABLE', 'the connection was closed', CHECK_BROKER],
  ETIMEDOUT: ['BROKER_UNREACHABLE', 'no answer', CHECK_BROKER],
  EHOSTUNREACH: ['BROKER_UNREACHABLE', 'there is no route to the host', CHECK_BROKER],
  ENETUNREACH: ['BROKER_UNREACHABLE', 'there is no route to the network', CHECK_BROKER],
  CERT_HAS_EXPIRED: [
    'BROKER_TLS',
    'the certificate of the broker has expired',
    'Renew the broker certificate.',
  ],
  CERT_NOT_YET_VALID: [
    'BROKER_TLS',
    'the certificate of the broker is not valid yet',
    'Check the clock of this machine, then the broker certificate.',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'BROKER_TLS',
    'the certificate of the broker is for another host name',
    'Use a host name that the certificate lists, or give the broker a certificate for this name.',
  ],
}

const UNKNOWN_AUTHORITY = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
])

/** Reasons of CONNACK and DISCONNECT: MQTT 3.1.1 section 3.2.2.3 (1 to 5) and MQTT 5 section 2.4 (128 and up). */
const REASONS: Record<number, Explanation> = {
  1: [
    'BROKER_PROTOCOL',
    'it does not speak this MQTT version',
    'Set protocol to the other version: 5 or 3.1.1.',
  ],
  2: ['BROKER_REFUSED', 'it does not accept the client id', 'Set another clientId.'],
  3: ['BROKER_UNREACHABLE', 'it is not available now', CHECK_BROKER],
  4: ['BROKER_REFUSED', 'wrong user name or password', CHECK_CREDENTIALS],
  5: ['BROKER_REFUSED', 'not authorised', CHECK_CREDENTIALS],
  132: ['BROKER_PROTOCOL', 'it does not speak this MQTT version', 'Set protocol to 3.1.1.'],
  133: ['BROKER_REFUSED', 'it does not accept the client id', 'Set another clientId.'],
  134: ['BROKER_REFUSED', 'wrong user name or password', CHECK_CREDENTIALS],
  135: ['BROKER_REFUSED', 'not authorised', CHECK_CREDENTIALS],
  136: ['BROKER_UNREACHABLE', 'it is not available now', CHECK_BROKER],
  137: ['BROKER_UNREACHABLE', 'it is busy', CHECK_BROKER],
  138: ['BROKER_REFUSED', 'this client is banned', CHECK_CREDENTIALS],
  139: ['BROKER_UNREACHABLE', 'it is shutting down', CHECK_BROKER],
  141: ['BROKER_UNREACHABLE', 'keepalive ran out', CHECK_BROKER],
  142: [
    'BROKER_REFUSED',
    'another client with the same client id took over',
    'Give each agent its own site and node name (the client id is made of them), or its own clientId.',
  ],
  156: ['BROKER_REFUSED', 'it asks to use another server', 'Set the address that the broker operator names.'],
  157: ['BROKER_REFUSED', 'it asks to use another server', 'Set the address that the broker operator names.'],
}

/** The error that a person gets to see for a connection that could not be made or was lost. */
export function connectionError(end: ConnectionEnd): FirsteightError {
  const [code, problem, hint] = explain(end)
  return new FirsteightError(code, `broker ${end.address}: ${problem}`, {
    hint,
    details: { address: end.address, clientId: end.clientId },
    cause: end.error,
  })
}

/**
 * True for what will not mend itself within seconds: credentials, certificates, addresses, versions.
 * @param isKnown the broker has accepted this client before, so it speaks its protocol: a node of a cluster that has
 *   lost the others accepts the connection and closes it without an answer, until they have agreed on who leads
 */
export function needsAPerson(code: ErrorCode, isKnown = false): boolean {
  if (code === 'BROKER_PROTOCOL') return !isKnown
  return code !== 'BROKER_UNREACHABLE' && code !== 'BROKER_UNKNOWN_HOST'
}

function explain(end: ConnectionEnd): Explanation {
  const { error, wasConnected } = end
  if (error == null) {
    if (wasConnected) {
      const hint = `Check that the broker runs, and that no other client uses the client id "${end.clientId}".`
      return ['BROKER_UNREACHABLE', 'it closed the connection', hint]
    }
    const other = end.protocolVersion === 5 ? '3.1.1' : '5'
    return [
      'BROKER_PROTOCOL',
      'it closed the connection without an answer',
      `${CHECK_PORT} Some brokers close on an MQTT version they do not know: set protocol to ${other}.`,
    ]
  }
  const code = (error as { code?: unknown }).code
  if (typeof code === 'number') {
    return (
      REASONS[code] ?? ['BROKER_REFUSED', `it gave reason ${code}: ${messageOf(error)}`, CHECK_CREDENTIALS]
    )
  }
  const text = messageOf(error)
  const systemCode = systemCodeOf(error) ?? ''
  if (SYSTEM[systemCode]) return SYSTEM[systemCode]
  if (/wrong version number/.test(text)) return ['BROKER_TLS', 'what answers does not speak TLS', CHECK_PORT]
  if (UNKNOWN_AUTHORITY.has(systemCode)) {
    return ['BROKER_TLS', 'its certificate is not signed by a trusted authority', CHECK_CERTIFICATES]
  }
  if (/^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_)/.test(systemCode) || /^TLS|SSL|certificate/.test(text)) {
    return ['BROKER_TLS', `TLS failed: ${tlsProblem(text)}`, CHECK_CERTIFICATES]
  }
  if (/^(connack timeout|keepalive timeout)$/i.test(text)) {
    return ['BROKER_UNREACHABLE', 'no answer within the time limit', CHECK_BROKER]
  }
  if (systemCode !== '') return ['BROKER_UNREACHABLE', text || systemCode, CHECK_BROKER]
  return ['BROKER_PROTOCOL', `no MQTT answer: ${text}`, CHECK_PORT]
}

/** OpenSSL's message without its numbers: `4A7B...:error:0A00045C:SSL routines:...:tlsv13 alert certificate required:...`. */
function tlsProblem(text: string): string {
  return /(?:alert [a-z ]+)/.exec(text)?.[0] ?? text.split('\n', 1)[0]!
}
