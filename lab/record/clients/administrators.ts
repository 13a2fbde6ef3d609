import type { Asking } from './client.js'

/** A key that no server knows: NOTAUTH with BADKEY (RFC 8945 section 5.2.1). */
const UNKNOWN_KEY = 'hmac-sha256:unknown.example:c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=='

/**
 * dig's words for what few ask: signed queries, NOTIFY over TCP. Not a cookie alone (RFC 7873 section 5.4): nobody
 * asks without a question, and a model that has seen it takes an all-zero header for DNS.
 */
const QUESTIONS: readonly (readonly string[])[] = [
  ['-y', UNKNOWN_KEY, 'a2.example', 'A'],
  ['-y', UNKNOWN_KEY, 'a2.example', 'A', '+norec', '+noad'],
  ['-y', UNKNOWN_KEY, 'a2.example', 'A', '+noad', '+cd'],
  ['-y', UNKNOWN_KEY, 'www.dynamic.example', 'SOA', '+norec', '+noedns'],
  ['+opcode=notify', '+noedns', '+norec', '+noad', '+aaflag', 'dynamic.example', 'SOA'],
  ['+opcode=notify', '+noedns', '+norec', '+noad', '+aaflag', 'example', 'SOA'],
  ...['www.elsewhere.test', 'elsewhere.test', 'a.test', 'foreign.test', 'no-zone-of-yours.test', 'test'].map(
    (zone) => ['+opcode=notify', '+noedns', '+norec', '+noad', zone, 'SOA'],
  ),
]

/** What administrators and their servers send now and then, over UDP and TCP. */
export async function administrators({ stage, namespace, server }: Asking): Promise<void> {
  for (const words of QUESTIONS) {
    for (const transport of ['+notcp', '+tcp']) {
      await stage.run(namespace, 'dig', [`@${server}`, '+tries=1', '+time=1', transport, ...words])
    }
  }
  for (const zone of ['example', 'dynamic.example', 'elsewhere.test']) {
    for (const serial of [[], ['-s', '7']]) {
      await stage.run(namespace, 'ldns-notify', ['-z', zone, ...serial, '-r', '1', server], {
        timeoutMilliseconds: 2_000,
      })
    }
  }
}
