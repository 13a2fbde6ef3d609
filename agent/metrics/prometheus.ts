import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FirsteightError, messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { METRICS, type MetricSample, prometheusName } from '../../core/metric-catalogue.js'
import type { AgentPart } from '../part.js'

export interface PrometheusDependencies {
  address: string
  port: number
  /** Counters since the agent's start, and gauges. */
  samples(): Promise<readonly MetricSample[]>
  /** Labels of the metric `firsteight_info`. */
  info(): Record<string, string>
  log: Log
}

const MOST_CONNECTIONS = 8
const REQUEST_MILLISECONDS = 5000
const MOST_HEADER_BYTES = 8192

/** GET /metrics for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/), and nothing else. */
export class PrometheusEndpoint implements AgentPart {
  readonly #dependencies: PrometheusDependencies
  #server: Server | undefined

  constructor(dependencies: PrometheusDependencies) {
    this.#dependencies = dependencies
  }

  /** Where it listens; undefined before the start. */
  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port
  }

  /** @throws FirsteightError METRICS_ADDRESS */
  async start(): Promise<void> {
    const { address, port, log } = this.#dependencies
    // Loaded here, because most agents have no endpoint.
    const [{ createServer }, { default: client }] = await Promise.all([
      import('node:http'),
      import('prom-client'),
    ])
    const server = createServer(
      { maxHeaderSize: MOST_HEADER_BYTES, requestTimeout: REQUEST_MILLISECONDS, keepAliveTimeout: 1 },
      (request, response) => void this.#answer(client, request, response),
    )
    server.maxConnections = MOST_CONNECTIONS
    try {
      server.listen(port, address)
      await once(server, 'listening')
    } catch (error) {
      throw new FirsteightError(
        'METRICS_ADDRESS',
        `metrics.prometheus: cannot listen on ${address}, port ${port}: ${messageOf(error)}`,
        {
          hint: 'Choose another metrics.prometheus.port, or 0 for none.',
          details: { address, port },
          cause: error,
        },
      )
    }
    this.#server = server
    server.unref()
    log.info(
      {},
      `metrics for Prometheus at http://${address.includes(':') ? `[${address}]` : address}:${this.port}/metrics`,
    )
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  async #answer(
    client: typeof import('prom-client'),
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    request.resume()
    if (request.url?.split('?')[0] !== '/metrics') return refuse(response, 404, 'there is only /metrics\n')
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET')
      return refuse(response, 405, 'only GET\n')
    }
    try {
      const registry = new client.Registry()
      fill(client, registry, await this.#dependencies.samples(), this.#dependencies.info())
      response.setHeader('content-type', registry.contentType)
      response.end(await registry.metrics())
    } catch (error) {
      this.#dependencies.log.warn({}, `metrics for Prometheus: ${messageOf(error)}`)
      refuse(response, 500, 'the agent has logged why\n')
    }
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' })
  response.end(text)
}

/** A new registry for each answer: a metric that the agent cannot know is absent, and none is held twice in memory. */
function fill(
  client: typeof import('prom-client'),
  registry: import('prom-client').Registry,
  samples: readonly MetricSample[],
  info: Record<string, string>,
): void {
  const registers = [registry]
  for (const metric of METRICS) {
    const own = samples.filter(({ field }) => field === metric.field)
    if (own.length === 0) continue
    const labelNames = metric.label === undefined ? [] : [metric.label]
    const options = {
      name: prometheusName(metric),
      help: `${metric.unit}: ${metric.help}`,
      registers,
      labelNames,
    }
    const labels = (label: string) => (metric.label === undefined ? {} : { [metric.label]: label })
    if (metric.kind === 'counter') {
      const counter = new client.Counter(options)
      for (const { label, value } of own) counter.inc(labels(label), value)
    } else {
      const gauge = new client.Gauge(options)
      for (const { label, value } of own) gauge.set(labels(label), value)
    }
  }
  new client.Gauge({
    name: 'firsteight_info',
    help: 'what this agent is; always 1',
    labelNames: Object.keys(info),
    registers,
  }).set(info, 1)
}
