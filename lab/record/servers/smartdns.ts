import type { ResolvingServer } from './server.js'

/** SmartDNS, a home router's forwarder that orders answers by speed. */
export const smartDns: ResolvingServer = {
  name: 'smartdns',
  programs: ['smartdns'],
  asked: 'plainly',
  async start({ stage, namespace, addresses }, { upstream }) {
    const file = await stage.write(
      'smartdns.conf',
      `bind ${addresses[0]}:53
bind-tcp ${addresses[0]}:53
server ${upstream}
speed-check-mode none
dualstack-ip-selection no
cache-size 512
log-level info
`,
    )
    return stage.start(namespace, 'smartdns', ['-f', '-x', '-c', file, '-p', '-'], /add server/)
  },
}
