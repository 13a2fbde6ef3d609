/**
 * Run as a program inside a namespace: `exchange tcp|udp ADDRESS UPSTREAM|none`. Serves port 53 and, as its own
 * client, plays every line of standard input as one connection, or one client port: a JSON object
 * `{ "client": [base64 ..], "server": [base64 ..] }`, the client's first piece first, then in turn.
 *
 * With an UPSTREAM address each exchange begins with the client's first piece going on to that DNS server, port 53,
 * and its real answer coming back, before the server says anything of its own.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

interface Exchange {
  client: string[]
  server: string[]
}

/** Long enough that each piece is a segment of its own. */
const PAUSE_MILLISECONDS = 4
const ANSWER_MILLISECONDS = 1_000
const FIRST_CLIENT_PORT = 10_000

const [transport, address = '', upstream = 'none'] = process.argv.slice(2)
/** What the server says in the exchange that runs. */
let answers: Buffer[] = []
const play = await (transport === 'tcp' ? serveTcp() : serveUdp())
for await (const line of createInterface({ input: process.stdin })) {
  const exchange = JSON.parse(line) as Exchange
  answers = exchange.server.map((piece) => Buffer.from(piece, 'base64'))
  await play(exchange.client.map((piece) => Buffer.from(piece, 'base64')))
}
process.stdout.write('played\n')

async function serveTcp(): Promise<(pieces: Buffer[]) => Promise<void>> {
  const server = createServer({ noDelay: true }, (socket) => {
    let asked = upstream === 'none'
    socket.on('error', () => socket.destroy())
    socket.on('data', async (piece) => {
      if (!asked) {
        asked = true
        const resolver = connect({ host: upstream, port: 53 })
        resolver.on('error', () => resolver.destroy())
        resolver.once('data', (answer) => {
          socket.write(answer)
          resolver.destroy()
        })
        resolver.write(piece)
        return
      }
      const answer = answers.shift()
      if (answer) socket.write(answer)
    })
  }).listen(53, address)
  await once(server, 'listening')
  // Nothing holds the program once every line was played.
  server.unref()
  return async (pieces) => {
    const socket: Socket = connect({ host: address, port: 53, noDelay: true })
    socket.on('error', () => socket.destroy())
    await once(socket, 'connect')
    for (const piece of pieces) {
      socket.write(piece)
      if (answers.length > 0 || upstream !== 'none')
        await Promise.race([once(socket, 'data'), delay(ANSWER_MILLISECONDS / 10)])
      else await delay(PAUSE_MILLISECONDS)
    }
    await delay(PAUSE_MILLISECONDS)
    socket.end()
    await once(socket, 'close')
  }
}

async function serveUdp(): Promise<(pieces: Buffer[]) => Promise<void>> {
  const server = createSocket('udp4')
  const asked = new Set<number>()
  server.on('message', async (piece, { port, address: client }) => {
    if (upstream !== 'none' && !asked.has(port)) {
      asked.add(port)
      const resolver = createSocket('udp4')
      resolver.send(piece, 53, upstream)
      resolver.unref()
      const [answer] = (await once(resolver, 'message')) as [Buffer]
      resolver.close()
      server.send(answer, port, client)
      return
    }
    const answer = answers.shift()
    if (answer) server.send(answer, port, client)
  })
  server.bind(53, address)
  await once(server, 'listening')
  server.unref()
  // Below the system's own choice, each once: a port that came twice would be one flow of two exchanges.
  let clientPort = FIRST_CLIENT_PORT
  return async (pieces) => {
    const socket = createSocket('udp4').bind(clientPort++, address)
    await once(socket, 'listening')
    for (const piece of pieces) {
      const answered = answers.length > 0 || upstream !== 'none'
      const answer = once(socket, 'message')
      socket.send(piece, 53, address)
      if (answered) await Promise.race([answer, delay(ANSWER_MILLISECONDS / 10)])
      else await delay(PAUSE_MILLISECONDS)
    }
    socket.close()
  }
}
