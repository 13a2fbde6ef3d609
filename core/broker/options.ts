import { readFileSync } from 'node:fs'
import { FirsteightError, messageOf } from '../errors.js'

/** How to reach the broker, as configured (the section `broker` of agent/config.schema.json). Empty text: not set. */
export interface BrokerSettings {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, without user name and password. */
  url: string
  /** Further addresses of the same broker, tried in turn when one is lost. */
  otherUrls?: readonly string[]
  /** Default `5`. */
  protocol?: '5' | '3.1.1'
  username?: string
  /** The first line is the password. */
  passwordFile?: string
  /** PEM: certificate authorities to trust instead of those that Node.js trusts. */
  caFile?: string
  /** PEM: the client's certificate and key, for brokers that ask for one. */
  certificateFile?: string
  keyFile?: string
  clientId?: string
  /** Default 30, from 5 to 3600. */
  keepaliveSeconds?: number
  /** Until the broker has accepted the connection; default 10, from 1 to 300. */
  connectTimeoutSeconds?: number
  /** Waiting time before the first and the longest before any later reconnect; defaults 1 and 60. */
  reconnectMinimumSeconds?: number
  reconnectMaximumSeconds?: number
}

/** Checked settings with all files read. Holds secrets: only `address` and `clientId` may be logged. */
export interface BrokerOptions {
  /** Scheme, host, port and path, without credentials. */
  address: string
  /** Where else the same broker can be reached. */
  otherAddresses: readonly string[]
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
  const otherUrls = (settings.otherUrls ?? []).map(parseUrl)
  const insecure = [url, ...otherUrls].find(({ protocol }) => protocol !== 'mqtts:' && protocol !== 'wss:')
  for (const name of ['caFile', 'certificateFile', 'keyFile'] as const) {
    if (settings[name] && insecure)
      throw invalid(name, `needs an mqtts:// or wss:// address, not ${insecure.protocol}//`)
  }
  if (!settings.certificateFile !== !settings.keyFile) {
    throw invalid('certificateFile', 'needs keyFile, and the other way round')
  }
  if (settings.passwordFile && !settings.username) throw invalid('passwordFile', 'needs username')
  const { protocol = '5' } = settings
  if (protocol !== '5' && protocol !== '3.1.1') throw invalid('protocol', 'must be "5" or "3.1.1"')

  const minimum = seconds('reconnectMinimumSeconds', settings.reconnectMinimumSeconds ?? 1, 0.01, 3600)
  const maximum = seconds('reconnectMaximumSeconds', settings.reconnectMaximumSeconds ?? 60, minimum, 86_400)
  return {
    address: addressOf(url),
    otherAddresses: otherUrls.map(addressOf),
    protocolVersion: protocol === '5' ? 5 : 4,
    clientId: settings.clientId || defaultClientId,
    username: settings.username || undefined,
    password: firstLine(readSetting('passwordFile', settings.passwordFile)),
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
  // A password before the @ must not be repeated, not even when the rest is no URL.
  const shown = text.replace(/^([a-z]*:?\/\/)?.*@/is, '$1...@')
  const bad = (problem: string, hint = EXAMPLE) =>
    new FirsteightError('BROKER_ADDRESS', `broker address "${shown}": ${problem}`, { hint })
  if (shown !== text) throw bad('holds a user name or password', 'Give them as username and passwordFile.')
  if (!URL.canParse(text)) throw bad('not a URL')
  const url = new URL(text)
  if (!(url.protocol in DEFAULT_PORTS)) throw bad(`unknown scheme ${url.protocol}//`)
  if (url.hostname === '') throw bad('no host')
  if (url.port === '0') throw bad('port 0')
  return url
}

function addressOf(url: URL): string {
  const port = url.port || DEFAULT_PORTS[url.protocol as keyof typeof DEFAULT_PORTS]
  const path = url.protocol.startsWith('ws') ? `${url.pathname || '/'}${url.search}` : ''
  return `${url.protocol}//${url.hostname}:${port}${path}`
}

function firstLine(bytes: Buffer | undefined): Buffer | undefined {
  const end = bytes?.indexOf('\n') ?? -1
  if (!bytes || end < 0) return bytes
  return bytes.subarray(0, bytes[end - 1] === 0x0d ? end - 1 : end)
}

function readSetting(name: string, path: string | undefined): Buffer | undefined {
  if (!path) return undefined
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
