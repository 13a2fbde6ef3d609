import type { ResolvingServer } from './server.js'

/** dnsmasq as a home router runs it: forwards, caches, knows some local names, checks signatures. */
export const dnsmasq: ResolvingServer = {
  name: 'dnsmasq',
  programs: ['dnsmasq'],
  async start({ stage, namespace, addresses }, { upstream, anchor }) {
    const { keyTag, algorithm, digestType, digest } = anchor
    const file = await stage.write(
      'dnsmasq.conf',
      `keep-in-foreground
log-facility=-
user=root
pid-file=
port=53
bind-interfaces
${addresses.map((address) => `listen-address=${address}`).join('\n')}
no-hosts
no-resolv
server=${upstream}
edns-packet-max=4096
dnssec
trust-anchor=.,${keyTag},${algorithm},${digestType},${digest}
local=/lan/
host-record=router.lan,192.168.1.1,fd00::1
cname=www.lan,router.lan
txt-record=about.lan,"local"
mx-host=lan,router.lan,10
srv-host=_http._tcp.lan,router.lan,80
ptr-record=1.1.168.192.in-addr.arpa,router.lan
address=/blocked.lan/0.0.0.0
`,
    )
    return stage.start(namespace, 'dnsmasq', [`--conf-file=${file}`], /started, version/)
  },
}
