import { setTimeout as delay } from 'node:timers/promises'
import type { ResolvingServer } from './server.js'

/** From its last word until it has bound its sockets. */
const BIND_MILLISECONDS = 1_000

/** Stubby (getdns) as a machine's local stub, over UDP and then TCP to another server. Its file takes no quotes. */
export const stubby: ResolvingServer = {
  name: 'stubby',
  programs: ['stubby'],
  async start({ stage, namespace, addresses }, { upstream }) {
    const file = await stage.write(
      'stubby.yml',
      `resolution_type: GETDNS_RESOLUTION_STUB
dns_transport_list:
  - GETDNS_TRANSPORT_UDP
  - GETDNS_TRANSPORT_TCP
listen_addresses:
${addresses.map((address) => `  - ${address.replace(/^::/, '0::')}@53`).join('\n')}
upstream_recursive_servers:
  - address_data: ${upstream}
appdata_dir: "${stage.folder}"
`,
    )
    const running = await stage.start(namespace, 'stubby', ['-C', file, '-v', '7'], /Starting DAEMON/)
    await delay(BIND_MILLISECONDS)
    return running
  },
}
