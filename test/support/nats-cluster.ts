import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import { freePorts } from './mosquitto.js'
import { findProgram } from './requires.js'

const NODES = 3
/** Ports of each node. */
const PORTS = 4
const START_SECONDS = 60
const HEALTHY_SECONDS = 20

/** Three NATS servers on loopback that keep MQTT messages together (JetStream): any one of them may die. */
export class NatsCluster {
  readonly #folder: string
  readonly #ports: { client: number; route: number; mqtt: number; monitor: number }[]
  readonly #processes: (ChildProcess | undefined)[] = []
  #output = ''

  static async start(): Promise<NatsCluster> {
    const ports = await freePorts(PORTS * NODES)
    const cluster = new NatsCluster(ports)
    for (let node = 0; node < NODES; node++) cluster.startNode(node)
    try {
      await cluster.#ready()
    } catch (error) {
      await cluster.remove()
      throw error
    }
    return cluster
  }

  private constructor(ports: number[]) {
    this.#folder = mkdtempSync(join(tmpdir(), 'firsteight-nats-'))
    this.#ports = Array.from({ length: NODES }, (_, node) => {
      const [client, route, mqttPort, monitor] = ports.slice(PORTS * node)
      return { client: client!, route: route!, mqtt: mqttPort!, monitor: monitor! }
    })
    for (let node = 0; node < NODES; node++) writeFileSync(this.#configFile(node), this.#config(node))
  }

  /** MQTT addresses of the nodes; protocol 3.1.1 only. */
  get urls(): string[] {
    return this.#ports.map((ports) => `mqtt://127.0.0.1:${ports.mqtt}`)
  }

  startNode(node: number): void {
    const child = spawn(findProgram('nats-server')!, ['-c', this.#configFile(node)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        this.#output = (this.#output + data).slice(-20_000)
      })
    }
    this.#processes[node] = child
  }

  /** Sudden end of one node. */
  async killNode(node: number): Promise<void> {
    const child = this.#processes[node]
    this.#processes[node] = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Waits until every node runs and, as far as it can be known, holds all that the others hold. */
  async whole(signal?: AbortSignal): Promise<void> {
    // A node may call a consumer that nothing is sent to behind for good.
    const end = Date.now() + 1000 * HEALTHY_SECONDS
    for (const { monitor } of this.#ports) {
      while (Date.now() < end && !(await isHealthy(`http://127.0.0.1:${monitor}/healthz`))) {
        await sleep(100, undefined, { signal })
      }
    }
    await this.#ready()
  }

  async remove(): Promise<void> {
    await Promise.all(this.#ports.map((_, node) => this.killNode(node)))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Waits until the nodes have found each other and chosen who leads: until a message with QoS 1 is kept. */
  async #ready(): Promise<void> {
    const end = Date.now() + 1000 * START_SECONDS
    for (const url of this.urls) {
      while (!(await keepsMessages(url))) {
        if (Date.now() > end) throw new Error(`the NATS cluster did not start: ${this.#output}`)
      }
    }
  }

  #configFile(node: number): string {
    return join(this.#folder, `node-${node}.conf`)
  }

  #config(node: number): string {
    const { client, route, mqtt: mqttPort, monitor } = this.#ports[node]!
    const routes = this.#ports.map((ports) => `"nats-route://127.0.0.1:${ports.route}"`)
    return [
      `server_name: node-${node}`,
      `listen: "127.0.0.1:${client}"`,
      `http: "127.0.0.1:${monitor}"`,
      `jetstream { store_dir: "${join(this.#folder, `store-${node}`)}", max_mem: 64M, max_file: 1G }`,
      `cluster { name: firsteight, listen: "127.0.0.1:${route}", routes: [${routes.join(', ')}] }`,
      `mqtt { listen: "127.0.0.1:${mqttPort}", ack_wait: "5s", max_ack_pending: 1000 }`,
      '',
    ].join('\n')
  }
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(3000) }).then(
    async (response) => (await response.text()).includes('"ok"') && response.ok,
    () => false,
  )
}

async function keepsMessages(url: string): Promise<boolean> {
  const options = {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 3000,
    clientId: 'starting',
  } as const
  const client = mqtt.connect(url, options)
  client.on('error', () => {})
  try {
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error('too slow')), 3000).unref()
      client.once('close', () => reject(new Error('closed')))
      client.once('connect', () => {
        client.publish('starting', 'x', { qos: 1 }, (error) => (error ? reject(error) : resolve()))
      })
    })
    return true
  } catch {
    await sleep(200)
    return false
  } finally {
    await client.endAsync(true)
  }
}
