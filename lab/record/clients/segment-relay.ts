/**
 * Run as a program inside a namespace: `segment-relay LISTEN-PORT SERVER`. Passes the bytes of each TCP connection
 * on to the server's port 53 unchanged, cut into small segments as resolvers on slow or careful stacks cut them.
 */
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Lengths of the first segments, bytes; the rest follows whole. One after another over the connections. */
const CUTS = [[2], [1], [1, 1], [2, 2], [2, 12], [3], [1, 2, 3], [1, 1, 1, 1, 1, 1, 1, 1], [7], [8], [4, 4]]
/** Long enough that each write becomes a segment of its own. */
const PAUSE_MILLISECONDS = 3

const [port, server = ''] = process.argv.slice(2)
let connections = 0
createServer((client) => {
  const cuts = CUTS[connections % CUTS.length]!
  connections += 1
  const upstream = connect({ host: server, port: 53, noDelay: true })
  upstream.pipe(client)
  for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
  client.once('data', (first) => {
    client.pause()
    writeCut(upstream, first, cuts).then(
      () => client.pipe(upstream),
      () => upstream.destroy(),
    )
  })
  client.once('close', () => upstream.end())
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('relaying\n'))

async function writeCut(upstream: Socket, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  let offset = 0
  for (const length of cuts) {
    upstream.write(bytes.subarray(offset, offset + length))
    offset += length
    await delay(PAUSE_MILLISECONDS)
  }
  upstream.write(bytes.subarray(offset))
}
