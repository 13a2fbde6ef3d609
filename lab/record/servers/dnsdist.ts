import type { ResolvingServer } from './server.js'

/** dnsdist before another server: cache, and rules that answer, refuse and truncate by themselves. */
export const dnsdist: ResolvingServer = {
  name: 'dnsdist',
  refuses: true,
  programs: ['dnsdist'],
  async start({ stage, namespace, addresses }, { upstream }) {
    const file = await stage.write(
      'dnsdist.conf',
      `${addresses.map((address) => `addLocal('${address}:53')`).join('\n')}
setACL({'127.0.0.0/8', '::1/128'})
setSecurityPollSuffix('')
newServer({address='${upstream}:53', checkName='example.', checkType='SOA', mustResolve=false})
getPool(''):setCache(newPacketCache(2000))
addAction('127.0.0.66/32', RCodeAction(DNSRCode.REFUSED))
addAction(AndRule({QTypeRule(DNSQType.ANY), TCPRule(false)}), TCAction())
addAction('x1.nobody.example.', RCodeAction(DNSRCode.NXDOMAIN))
addAction('aaaa3.example.', RCodeAction(DNSRCode.NOTIMP))
addAction('www.lame.example.', RCodeAction(DNSRCode.SERVFAIL))
addAction('a5.example.', SpoofAction({'203.0.113.5', '203.0.113.6'}))
`,
    )
    return stage.start(
      namespace,
      'dnsdist',
      ['--supervised', '--disable-syslog', '-C', file],
      /Polled security status|Marking downstream .* as 'up'|Listening on/,
    )
  },
}
