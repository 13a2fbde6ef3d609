import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyPair } from './certificates.js'
import { findProgram } from './requires.js'

export interface MosquittoOptions {
  /** Names and passwords; without them everybody may connect. */
  users?: Record<string, string>
  /** Lines of an access list file, mosquitto.conf(5). */
  accessList?: string[]
  /** Adds a TLS listener. With `clientAuthority`, clients must show a certificate signed by it. */
  tls?: KeyPair & { clientAuthority?: string }
  /** Adds a WebSocket listener; with `tls` also one over TLS. */
  websocket?: boolean
  /** Keeps sessions and messages over an orderly stop, any number of them. */
  persistent?: boolean
  /** How often it publishes its own counts under $SYS; the default is 10. */
  countsEverySeconds?: number
}

/** A real Mosquitto on loopback, on ports that the system chose; it keeps them through stop and start. */
export class Mosquitto {
  readonly ports: { tcp: number; tls: number; websocket: number; secureWebsocket: number }
  readonly #folder: string
  readonly #configFile: string
  #process: ChildProcess | undefined
  #output = ''

  /** Written but not yet started. */
  static async prepare(options: MosquittoOptions = {}): Promise<Mosquitto> {
    return new Mosquitto(options, await freePorts(4))
  }

  static async start(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const broker = await Mosquitto.prepare(options)
    await broker.start()
    return broker
  }

  /** With a configuration file of the caller's, whose only listener is on this port. */
  static async startWith(configFile: string, port: number): Promise<Mosquitto> {
    const broker = new Mosquitto(configFile, [port, port, 0, 0])
    await broker.start()
    return broker
  }

  private constructor(options: MosquittoOptions | string, ports: number[]) {
    this.ports = { tcp: ports[0]!, tls: ports[1]!, websocket: ports[2]!, secureWebsocket: ports[3]! }
    this.#folder = mkdtempSync(join(tmpdir(), 'firsteight-mosquitto-'))
    this.#configFile = typeof options === 'string' ? options : join(this.#folder, 'mosquitto.conf')
    if (typeof options === 'string') return
    writeFileSync(this.#configFile, `${this.#config(options).join('\n')}\n`)
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.ports.tcp}`
  }

  get tlsUrl(): string {
    return `mqtts://127.0.0.1:${this.ports.tls}`
  }

  get websocketUrl(): string {
    return `ws://127.0.0.1:${this.ports.websocket}/mqtt`
  }

  get secureWebsocketUrl(): string {
    return `wss://127.0.0.1:${this.ports.secureWebsocket}/mqtt`
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const child = spawn(findProgram('mosquitto')!, ['-c', this.#configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (this.#output += data))
    for (let attempt = 0; attempt < 200; attempt++) {
      if (child.exitCode !== null) break
      if (await accepts(this.ports.tcp)) return
      await sleep(25)
    }
    throw new Error(`mosquitto did not start: ${this.#output}`)
  }

  /** Orderly end. */
  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  /** Sudden end: connections break, nothing is said. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Ends it and deletes its folder. */
  async remove(): Promise<void> {
    await this.#end('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  #config({ users, accessList, tls, websocket, persistent, countsEverySeconds }: MosquittoOptions): string[] {
    const lines = ['user root', 'per_listener_settings false', 'log_dest stdout']
    if (persistent) {
      lines.push('persistence true', `persistence_location ${this.#folder}/`, 'max_queued_messages 0')
    } else lines.push('persistence false')
    lines.push(`allow_anonymous ${users === undefined}`)
    if (countsEverySeconds) lines.push(`sys_interval ${countsEverySeconds}`)
    if (users) lines.push(`password_file ${this.#passwordFile(users)}`)
    if (accessList) lines.push(`acl_file ${this.#file('acl', `${accessList.join('\n')}\n`)}`)
    lines.push(`listener ${this.ports.tcp} 127.0.0.1`)
    const secure = tls ? tlsLines(tls) : []
    if (tls) lines.push(`listener ${this.ports.tls} 127.0.0.1`, ...secure)
    if (websocket) lines.push(`listener ${this.ports.websocket} 127.0.0.1`, 'protocol websockets')
    if (websocket && tls) {
      lines.push(`listener ${this.ports.secureWebsocket} 127.0.0.1`, 'protocol websockets', ...secure)
    }
    return lines
  }

  #passwordFile(users: Record<string, string>): string {
    const path = this.#file('passwords', '')
    for (const [name, password] of Object.entries(users)) {
      execFileSync(findProgram('mosquitto_passwd')!, ['-b', path, name, password])
    }
    return path
  }

  #file(name: string, text: string): string {
    const path = join(this.#folder, name)
    writeFileSync(path, text)
    chmodSync(path, 0o600)
    return path
  }
}

function tlsLines({ certificate, key, clientAuthority }: KeyPair & { clientAuthority?: string }): string[] {
  const client = clientAuthority ? [`cafile ${clientAuthority}`, 'require_certificate true'] : []
  return [`certfile ${certificate}`, `keyfile ${key}`, ...client]
}

/** Ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
