import { readFileSync } from 'node:fs'
import { FirsteightError, messageOf } from '../errors.js'

/** How to reach the broker, as configured. Files are PEM or, for the password, text whose last line end is ignored. */
export interface BrokerSettings {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`; a user name and password in it count as `username` and `password`. */
  url: string
  /** Default `5`. */
  protocol?: '5' | '3.1.1'
  username?: string
  password?: string
  passwordFile?: string
  /** Certificate authorities to trust instead of the system's. */
  caFile?: string
  /** The client's certificate and key, for brokers that ask for one. */
  certificateFile?: string
  keyFile?: string
  /** Default 30, from 5 to 3600. */
  keepaliveSeconds?: number
  /** Until the broker has accepted the connection; default 10, from 1 to 300. */
  connectTimeoutSeconds?: number
  /** Waiting time before the first and the longest before any later reconnect; defaults 1 and 60. */
  reconnectMinimumSeconds?: number
  reconnectMaximumSeconds?: number
  clientId?: string
}

/** Checked settings with all files read. Holds secrets: only `address` and `clientId` may be logged. */
export interface BrokerOptions {
  /** Scheme, host, port and path, without credentials. */
  address: string
  protocolVersion: 4 | 5
  clientId: string
  username: string | undefined
  password: Buffer | undefined
  ca: Buffer | undefined
  certificate: Buffer | undefined
  key: Buffer | undefined
  keepaliveSeconds: number
  connectTimeoutMilliseconds: number
  reconnectMinimumMilliseconds: number
  reconnectMaximumMilliseconds: number
}

const DEFAULT_PORTS = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 } as const
const EXAMPLE = 'Give an address such as mqtt://broker.example:1883 or mqtts://broker.example:8883.'

/**
 * Checks the settings and reads their files.
 * @param defaultClientId for settings without one
 * @throws FirsteightError BROKER_ADDRESS, CONFIG_INVALID (naming the setting), FILE_UNREADABLE
 */
export function resolveBroker(settings: BrokerSettings, defaultClientId: string): BrokerOptions {
  const url = parseUrl(settings.url)
  const secure = url.protocol === 'mqtts:' || url.protocol === 'wss:'
  for (const name of ['caFile', 'certificateFile', 'keyFile'] as const) {
    if (settings[name] !== undefined && !secure) {
      throw invalid(name, `needs an mqtts:// or wss:// address, not ${url.protocol}//`)
    }
  }
  if ((settings.certificateFile === undefined) !== (settings.keyFile === undefined)) {
    throw invalid('certificateFile', 'needs keyFile, and the other way round')
  }
  if (settings.password !== undefined && settings.passwordFile !== undefined) {
    throw invalid('passwordFile', 'cannot stand beside password')
  }
  const { protocol = '5' } = settings
  if (protocol !== '5' && protocol !== '3.1.1') throw invalid('protocol', 'must be "5" or "3.1.1"')
  const clientId = settings.clientId ?? defaultClientId
  if (clientId === '') throw invalid('clientId', 'must not be empty')

  const username = settings.username ?? (decodeURIComponent(url.username) || undefined)
  const password = passwordOf(settings, url)
  if (password !== undefined && username === undefined) throw invalid('password', 'needs a username')

  const minimum = seconds('reconnectMinimumSeconds', settings.reconnectMinimumSeconds ?? 1, 0.01, 3600)
  const maximum = seconds('reconnectMaximumSeconds', settings.reconnectMaximumSeconds ?? 60, minimum, 86_400)
  return {
    address: addressOf(url),
    protocolVersion: protocol === '5' ? 5 : 4,
    clientId,
    username,
    password,
    ca: readSetting('caFile', settings.caFile),
    certificate: readSetting('certificateFile', settings.certificateFile),
    key: readSetting('keyFile', settings.keyFile),
    keepaliveSeconds: seconds('keepaliveSeconds', settings.keepaliveSeconds ?? 30, 5, 3600),
    connectTimeoutMilliseconds:
      1000 * seconds('connectTimeoutSeconds', settings.connectTimeoutSeconds ?? 10, 1, 300),
    reconnectMinimumMilliseconds: 1000 * minimum,
    reconnectMaximumMilliseconds: 1000 * maximum,
  }
}

function parseUrl(text: string): URL {
  // What cannot be parsed may still hold a password before the last @.
  const shown = text.replace(/\/\/.*@/, '//')
  let url: URL
  try {
    url = new URL(text)
    decodeURIComponent(url.username + url.password)
  } catch {
    throw new FirsteightError('BROKER_ADDRESS', `broker address "${shown}": not a URL`, { hint: EXAMPLE })
  }
  if (!(url.protocol in DEFAULT_PORTS)) {
    throw new FirsteightError(
      'BROKER_ADDRESS',
      `broker address "${shown}": unknown scheme ${url.protocol}//`,
      {
        hint: EXAMPLE,
      },
    )
  }
  if (url.hostname === '' || url.port === '0') {
    const missing = url.hostname === '' ? 'no host' : 'port 0'
    throw new FirsteightError('BROKER_ADDRESS', `broker address "${shown}": ${missing}`, { hint: EXAMPLE })
  }
  return url
}

function addressOf(url: URL): string {
  const port = url.port || DEFAULT_PORTS[url.protocol as keyof typeof DEFAULT_PORTS]
  const path = url.protocol.startsWith('ws') ? `${url.pathname || '/'}${url.search}` : ''
  return `${url.protocol}//${url.hostname}:${port}${path}`
}

function passwordOf(settings: BrokerSettings, url: URL): Buffer | undefined {
  const file = readSetting('passwordFile', settings.passwordFile)
  if (file !== undefined) return Buffer.from(file.toString('utf8').replace(/\r?\n$/, ''))
  const text = settings.password ?? (decodeURIComponent(url.password) || undefined)
  return text === undefined ? undefined : Buffer.from(text)
}

function readSetting(name: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `broker ${name} ${path}: ${messageOf(error)}`, {
      hint: 'Check the path, and that the user of this process may read the file.',
      details: { file: path, field: name },
      cause: error,
    })
  }
}

function seconds(name: string, value: number, minimum: number, maximum: number): number {
  if (value >= minimum && value <= maximum) return value
  throw invalid(name, `must be from ${minimum} to ${maximum} seconds`)
}

function invalid(field: string, problem: string): FirsteightError {
  return new FirsteightError('CONFIG_INVALID', `broker ${field} ${problem}`, {
    hint: 'See the broker section of the configuration.',
    details: { field },
  })
}
