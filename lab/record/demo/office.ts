import type { Namespace } from '../namespace.js'
import type { Stage } from '../stage.js'

/** Where everything in the demo lives: documentation addresses (RFC 5737, RFC 3849), so that no real host is named. */
export const OFFICE = {
  prefix: '192.0.2.0/24',
  prefix6: '2001:db8:1::/64',
  /** Desktop, laptop, phone and printer: ordinary lookups only. */
  clients: ['192.0.2.10', '192.0.2.11', '192.0.2.12', '192.0.2.13'],
  client6: '2001:db8:1::10',
  sshClient: '192.0.2.21',
  tlsClient: '192.0.2.22',
  httpClient: '192.0.2.23',
  textClient: '192.0.2.24',
  vpnClient: '192.0.2.25',
  beaconClient: '192.0.2.26',
} as const

export const INTERNET = {
  prefix: '198.51.100.0/24',
  prefix6: '2001:db8:2::/64',
  dns: '198.51.100.53',
  dns6: '2001:db8:2::53',
  ssh: '198.51.100.22',
  tls: '198.51.100.43',
  http: '198.51.100.80',
  text: '198.51.100.99',
  vpn: '198.51.100.94',
  beacon: '198.51.100.66',
} as const

/** Name of the interface on both sides. */
export const UPLINK = 'uplink'

export interface Network {
  office: Namespace
  internet: Namespace
}

/** Two network namespaces joined by one cable; the capture sees it as the office's router would. */
export async function buildNetwork(stage: Stage): Promise<Network> {
  const office = await stage.namespace()
  const internet = await stage.namespace()
  await office.ip('link', 'add', UPLINK, 'type', 'veth', 'peer', 'name', UPLINK, 'netns', internet.name)
  await connect(stage, office, INTERNET, addressesOf(OFFICE))
  await connect(stage, internet, OFFICE, addressesOf(INTERNET))
  return { office, internet }
}

async function connect(
  stage: Stage,
  namespace: Namespace,
  far: { prefix: string; prefix6: string },
  addresses: string[],
): Promise<void> {
  for (const address of addresses) {
    const parameters = address.includes(':') ? [`${address}/64`, 'nodad'] : [`${address}/24`]
    await namespace.ip('address', 'add', ...parameters, 'dev', UPLINK)
  }
  await namespace.ip('link', 'set', UPLINK, 'up')
  await namespace.ip('route', 'add', far.prefix, 'dev', UPLINK)
  await namespace.ip('-6', 'route', 'add', far.prefix6, 'dev', UPLINK)
  // Without offloads the capture shows packets as a wire carries them: real sizes and checksums.
  await stage.run(namespace, 'ethtool', ['-K', UPLINK, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off'])
}

function addressesOf(side: typeof OFFICE | typeof INTERNET): string[] {
  return Object.entries(side)
    .filter(([name]) => !name.startsWith('prefix'))
    .flatMap(([, address]) => address)
}
