import type { ResolverSource, ResolvingServer, ServerPlace } from './server.js'

/** dnsmasq as a home router runs it: forwards, caches, knows some local names, checks signatures. */
export const dnsmasq: ResolvingServer = {
  name: 'dnsmasq',
  programs: ['dnsmasq'],
  start: (place, source) => {
    const { keyTag, algorithm, digestType, digest } = source.anchor
    return startDnsmasq(place, source, [
      'dnssec',
      `trust-anchor=.,${keyTag},${algorithm},${digestType},${digest}`,
    ])
  },
}

/** dnsmasq that checks no signatures and repeats what it is told. */
export const dnsmasqPlain: ResolvingServer = {
  name: 'dnsmasq-plain',
  programs: ['dnsmasq'],
  asked: 'briefly',
  start: (place, source) => startDnsmasq(place, source, ['proxy-dnssec', 'filterwin2k', 'no-negcache']),
}

async function startDnsmasq(
  { stage, namespace, addresses }: ServerPlace,
  { upstream }: ResolverSource,
  more: readonly string[],
) {
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
${more.join('\n')}
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
}
