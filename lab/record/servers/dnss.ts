import type { ResolvingServer } from './server.js'

/** Where the half that is asked over HTTP listens; in the namespace, so that the port is free. */
const HTTP = '127.0.0.1:8053'

/** dnss on the Go library miekg/dns: one half asks the other over HTTP, which asks the server behind it over DNS. */
export const dnss: ResolvingServer = {
  name: 'dnss',
  programs: ['dnss'],
  asked: 'briefly',
  async start({ stage, namespace, addresses }, { upstream }) {
    const quiet = '-monitoring_listen_addr='
    const http = ['-enable_https_to_dns', '-insecure_http_server', `-https_server_addr=${HTTP}`]
    await stage.start(namespace, 'dnss', [...http, `-dns_upstream=${upstream}:53`, quiet], /HTTP.* on/i)
    const dns = ['-enable_dns_to_https', `-dns_listen_addr=${addresses[0]}:53`]
    return stage.start(
      namespace,
      'dnss',
      [...dns, `-https_upstream=http://${HTTP}/resolve`, quiet],
      /DNS listening/,
    )
  },
}
