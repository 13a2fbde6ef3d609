import type { ResolverSource, ResolvingServer, ServerPlace } from './server.js'

/** dnsdist before another server: cache, and rules that answer, refuse and truncate by themselves. */
export const dnsdist: ResolvingServer = {
  name: 'dnsdist',
  refuses: true,
  programs: ['dnsdist'],
  start: (place, source) =>
    startDnsdist(place, source, [
      'addAction(AndRule({QTypeRule(DNSQType.ANY), TCPRule(false)}), TCAction())',
      "addAction('x1.nobody.example.', RCodeAction(DNSRCode.NXDOMAIN))",
      "addAction('aaaa3.example.', RCodeAction(DNSRCode.NOTIMP))",
      "addAction('www.lame.example.', RCodeAction(DNSRCode.SERVFAIL))",
      "addAction('a5.example.', SpoofAction({'203.0.113.5', '203.0.113.6'}))",
    ]),
}

/** Type TKEY, RFC 2930 section 2: how a key negotiation (GSS-TSIG) begins. */
const TKEY = 249

/**
 * dnsdist that lets through questions alone: changes and key negotiations are refused or not known, large answers sent
 * over TCP.
 */
export const dnsdistGuard: ResolvingServer = {
  name: 'dnsdist-guard',
  refuses: true,
  programs: ['dnsdist'],
  asked: 'briefly',
  start: (place, source) =>
    startDnsdist(place, source, [
      'addAction(OpcodeRule(DNSOpcode.Update), RCodeAction(DNSRCode.NOTAUTH))',
      'addAction(OpcodeRule(DNSOpcode.Notify), RCodeAction(DNSRCode.REFUSED))',
      `addAction(QTypeRule(${TKEY}), RCodeAction(DNSRCode.FORMERR))`,
      'addAction(AndRule({QTypeRule(DNSQType.TXT), TCPRule(false)}), TCAction())',
      "addAction('www.child.example.', RCodeAction(DNSRCode.FORMERR))",
      "addAction('empty.example.', RCodeAction(DNSRCode.NOTIMP))",
      "addAction('www.lame.example.', RCodeAction(DNSRCode.SERVFAIL))",
      "addAction('a6.example.', SpoofAction({'203.0.113.5', '203.0.113.6'}, {aa=true, ra=true}))",
    ]),
}

async function startDnsdist(
  { stage, namespace, addresses }: ServerPlace,
  { upstream }: ResolverSource,
  rules: readonly string[],
) {
  const file = await stage.write(
    'dnsdist.conf',
    `${addresses.map((address) => `addLocal('${address}:53')`).join('\n')}
setACL({'127.0.0.0/8', '::1/128'})
setSecurityPollSuffix('')
newServer({address='${upstream}:53', checkName='example.', checkType='SOA', mustResolve=false})
getPool(''):setCache(newPacketCache(2000))
addAction('127.0.0.66/32', RCodeAction(DNSRCode.REFUSED))
${rules.join('\n')}
`,
  )
  return stage.start(
    namespace,
    'dnsdist',
    ['--supervised', '--disable-syslog', '-C', file],
    /Polled security status|Marking downstream .* as 'up'|Listening on/,
  )
}
