import { randomUUID } from 'node:crypto'
import { resolveBroker } from '../core/broker/options.js'
import { DEFAULT_MODEL_PATH } from '../core/default-model.js'
import { Kernel } from '../core/kernel.js'
import type { KernelCounters } from '../core/kernel-counters.js'
import type { Log } from '../core/log.js'
import { inputMasksOf, type ModelFile, readModelFile } from '../core/model-file.js'
import { VERSION } from '../core/version.js'
import type { WriteStep } from '../core/write-file.js'
import { openSource } from './capture/open.js'
import type { CaptureSource, CaptureStatistics } from './capture/source.js'
import { CensusPublisher } from './census/publisher.js'
import { CommandsPart } from './commands/commands-part.js'
import { ordersOf } from './commands/orders.js'
import type { Config } from './config.js'
import { ExceptionList } from './desired/exception-list.js'
import { type Management, managedParts, openManagement } from './desired/management.js'
import { type EvidenceCounters, EvidenceKeeper } from './evidence/keeper.js'
import { figuresOf, sumOf } from './figures.js'
import { differences, inForceWithoutRestart } from './fleet-settings.js'
import type { Speaker } from './header.js'
import { Latency, type LatencyFigures } from './latency.js'
import type { Link, LinkStatistics } from './link/link.js'
import { MqttLink } from './link/mqtt.js'
import { MqttMailbox } from './link/mqtt-mailbox.js'
import { openOutbox } from './link/open-outbox.js'
import type { Outbox } from './link/outbox.js'
import { nowMicroseconds } from './link/presence.js'
import { PrometheusEndpoint } from './metrics/prometheus.js'
import { MetricsPublisher } from './metrics/publisher.js'
import { ModelRollout } from './models/rollout.js'
import { type StartedModels, startModels } from './models/start.js'
import type { StoreStep } from './models/store.js'
import type { AgentPart } from './part.js'
import type { ReportBody } from './report-body.js'
import { modelFactsOf } from './route/anomaly.js'
import { Router, type RouterCounters } from './route/router.js'
import { CaptureClock } from './score/capture-clock.js'
import { ScoringEngine } from './score/engine.js'
import { Scorer } from './score/scorer.js'
import { ServiceNotifier } from './service/notifier.js'
import { statePath } from './state-folder.js'

/** How often windows are closed and idle streams ended. */
const TICK_MILLISECONDS = 250
/** How long the end waits for the broker to acknowledge what is queued. */
const DRAIN_MILLISECONDS = 10_000

export interface AgentOptions {
  log: Log
  /** Throw when the broker cannot be reached at the start, instead of trying again until stopped. */
  failFast?: boolean
  /** A capture file at the pace of its capture times. */
  realtime?: boolean
  /** Where a service manager says how to tell it: sd_notify(3). Default: there is none. */
  environment?: Readonly<Record<string, string | undefined>>
  /** Hears of each report as it goes to the link. */
  onReport?: (eventId: string, body: ReportBody) => void
  /** Reads the machine's own settings again, for the command `reload`; without it, they stay. Throws as `loadConfig`. */
  readConfig?: () => Config
  /** Hears of each step of what is written about models; for tests that end the process there. */
  modelStep?: StoreStep
  /** Hears of each step in writing settings and keys from the fleet; for tests that end the process there. */
  step?: WriteStep
}

/** Everything the agent counted. */
export interface AgentReport {
  kernel: KernelCounters
  capture: CaptureStatistics
  alerts: RouterCounters
  link: LinkStatistics
  /** Undefined when no packets are kept. */
  evidence: EvidenceCounters | undefined
  /** Only where the capture's clock is the wall clock; undefined before the first alert. */
  packetToBroker: LatencyFigures | undefined
}

/** What an agent is composed of. */
interface AgentDependencies {
  /** With what the fleet wanted when it was last heard of. */
  config: Config
  options: AgentOptions
  /** The model that the agent is configured with. */
  shipped: ModelFile
  /** Undefined without a state folder: then the configured model is all there is. */
  models: StartedModels | undefined
  /** The model that runs is in it. */
  kernel: Kernel
  source: CaptureSource
  /** Undefined for an agent that nobody manages. */
  management: Management | undefined
}

/** The edge: one capture, scored, routed and published. Made by `createAgent`, run once. */
export class Agent {
  readonly kernelBuild: Kernel['build']
  readonly source: CaptureSource
  #config: Config
  readonly #options: AgentOptions
  readonly #kernel: Kernel
  readonly #scorer: Scorer
  readonly #engine: ScoringEngine
  readonly #clock: CaptureClock
  readonly #router: Router
  readonly #outbox: Outbox
  readonly #link: Link
  readonly #latency: Latency | undefined
  readonly #evidence: EvidenceKeeper
  readonly #service: ServiceNotifier
  /** Started in this order. */
  readonly #parts: readonly AgentPart[]

  constructor({ config, options, shipped, models, kernel, source, management }: AgentDependencies) {
    const model = models?.model ?? shipped
    this.kernelBuild = kernel.build
    this.source = source
    this.#config = config
    this.#options = options
    this.#kernel = kernel
    this.#service = new ServiceNotifier({ environment: options.environment ?? {}, log: options.log })
    this.#scorer = new Scorer(
      kernel,
      (record) => {
        this.#router.route(record)
        this.#engine.recorded(record)
      },
      () => this.#evidence.follow(),
    )
    this.#engine = new ScoringEngine({
      kernel,
      scorer: this.#scorer,
      model,
      spareKernel: () => loadKernel(config),
      changes: () => {
        for (const part of this.#parts) part.modelChanges?.()
      },
      changed: (next) => {
        this.#router.useModel(modelFactsOf(next))
        this.#link.announceStatus()
      },
      faults: () => this.#link.statistics.unpublishable,
    })
    this.#clock = new CaptureClock(() => kernel.functions.latestTime())
    this.#latency = source.kind === 'file' ? undefined : new Latency()
    const exceptions = new ExceptionList(nowMicroseconds)
    this.#router = new Router(config.alerts, modelFactsOf(model), (body) => this.#publish(body), exceptions)
    const identity = { site: config.site, node: config.node, bootId: randomUUID() }
    const mailbox = new MqttMailbox({ identity, log: options.log })
    this.#outbox = openOutbox(config, options.log)
    const engine = this.#engine
    this.#evidence = new EvidenceKeeper({
      ring: kernel.frames,
      settings: config.evidence,
      folder: config.stateFolder === '' ? undefined : statePath(config.stateFolder, 'evidence'),
      node: identity,
      log: options.log,
    })
    this.#link = new MqttLink({
      options: resolveBroker(config.broker, `firsteight-${config.site}-${config.node}`),
      identity,
      facts: {
        agentVersion: VERSION,
        get modelId() {
          return engine.model.id
        },
        kernel: kernel.build,
        capture: source.kind,
      },
      log: options.log,
      outbox: this.#outbox,
      backlogPerSecond: config.outbox.backlogPerSecond,
      mailbox,
      acknowledged: (eventId) => this.#latency?.acknowledged(eventId, nowMicroseconds()),
    })
    const census = this.#census(identity, mailbox)
    const metrics = this.#metrics(identity, mailbox, census)
    const parts: AgentPart[] = [this.#evidence, metrics, ...this.#prometheus(metrics), census]
    if (models !== undefined && management !== undefined) {
      parts.push(
        ...managedParts(management, {
          started: config,
          exceptions,
          apply: (changed) => this.#apply(changed),
          mailbox,
          speaker: identity,
          now: nowMicroseconds,
          log: options.log,
        }),
        new ModelRollout({
          identity,
          mailbox,
          log: options.log,
          ...models,
          shipped,
          engine: this.#engine,
          keys: () => management.trust.keys,
          now: nowMicroseconds,
          intervalSeconds: () => config.metrics.intervalSeconds,
        }),
        this.#commands(config, management, { metrics, mailbox, identity }),
      )
    }
    this.#parts = parts
  }

  /** Of the model that scores now. */
  get modelId(): string {
    return this.#engine.model.id
  }

  /**
   * Captures, scores and publishes until the source ends or `signal` aborts. Whatever was captured is published first.
   * @throws FirsteightError CAPTURE_*, FILE_*; BROKER_* with failFast
   */
  async run(signal: AbortSignal): Promise<void> {
    for (const part of this.#parts) await part.start()
    await this.#link.start({ failFast: this.#options.failFast ?? false })
    const stop = () => void this.source.stop()
    signal.addEventListener('abort', stop, { once: true })
    const timer = setInterval(() => this.#tick(), TICK_MILLISECONDS)
    const { log } = this.#options
    try {
      if (!signal.aborted) {
        await this.source.run(this.#scorer, () => {
          log.info({}, `capturing from ${this.source.description}`)
          void this.#service.ready(`capturing from ${this.source.description}`)
        })
      }
    } finally {
      clearInterval(timer)
      signal.removeEventListener('abort', stop)
      await this.#service.stopping()
      this.#scorer.flushStreams()
      this.#router.close()
      for (const part of this.#parts.toReversed()) await part.stop()
      const { remaining } = await this.#link.drain(DRAIN_MILLISECONDS)
      await this.#link.stop()
      await this.#outbox.close()
      if (remaining > 0) this.#tellRemaining(remaining)
    }
  }

  #tellRemaining(remaining: number): void {
    const { storage } = this.#outbox.statistics()
    const what = `${remaining} alerts not acknowledged by the broker`
    if (storage === 'disk')
      this.#options.log.info({ remaining }, `${what} wait in the spool for the next start`)
    else this.#options.log.warn({ remaining }, `${what} are lost`)
  }

  report(): AgentReport {
    return {
      kernel: this.#kernel.counters(),
      capture: this.source.statistics(),
      alerts: this.#router.counters(),
      link: this.#link.statistics,
      evidence: this.#evidence.counters(),
      packetToBroker: this.#latency?.figures(),
    }
  }

  #metrics(speaker: Speaker, mailbox: MqttMailbox, census: CensusPublisher): MetricsPublisher {
    this.#kernel.telemetry.countLosses(true)
    return new MetricsPublisher({
      sources: {
        modelId: () => this.modelId,
        kernel: () => this.#kernel.counters(),
        losses: (context) => this.#kernel.telemetry.losses(context),
        lossBucketEnds: () => this.#kernel.telemetry.lossBucketEnds(),
        capture: () => this.source.statistics(),
        alerts: () => this.#router.counters(),
        link: () => this.#link.statistics,
        mailbox: () => mailbox,
        ordersRefused: () => sumOf(this.#parts.map(({ refusals }) => refusals)),
        commands: () => sumOf(this.#parts.map(({ commandResults }) => commandResults)),
        evidence: () => this.#evidence.counters(),
        censusLostStreams: () => census.lostStreams,
      },
      mailbox,
      speaker,
      sequence: () => this.#link.statistics.published,
      intervalMilliseconds: this.#config.metrics.intervalSeconds * 1000,
      log: this.#options.log,
    })
  }

  #census(speaker: Speaker, mailbox: MqttMailbox): CensusPublisher {
    const { telemetry } = this.#kernel
    telemetry.countPatterns(true)
    return new CensusPublisher({
      source: () => {
        const { model } = this.#engine
        return { modelId: model.id, masks: inputMasksOf(model), telemetry }
      },
      mailbox,
      speaker,
      sequence: () => this.#link.statistics.published,
      intervalMilliseconds: this.#config.census.intervalSeconds * 1000,
      log: this.#options.log,
    })
  }

  #commands(
    started: Config,
    { trust, fleet }: Management,
    { metrics, mailbox, identity }: { metrics: MetricsPublisher; mailbox: MqttMailbox; identity: Speaker },
  ): CommandsPart {
    const { log, step, readConfig } = this.#options
    const orders = ordersOf({
      node: identity,
      mailbox,
      evidence: this.#evidence,
      publishStatus: () => this.#link.announceStatus(),
      publishMetrics: () => metrics.publishNow(),
      announceAll: () => mailbox.announceAll(),
      figures: () => figuresOf(this.report()),
      reload: () => {
        if (readConfig !== undefined) fleet.useLocal(readConfig())
        const { changed } = differences(this.#config, fleet.wanted)
        this.#apply(inForceWithoutRestart(started, fleet.wanted).config)
        return { changed, waiting: differences(started, fleet.wanted).waiting }
      },
    })
    return new CommandsPart({
      speaker: identity,
      sequence: () => this.#link.statistics.published,
      mailbox,
      keys: () => trust.keys,
      now: nowMicroseconds,
      path: statePath(started.stateFolder, 'commands'),
      orders,
      log,
      ...(step && { step }),
    })
  }

  #prometheus(metrics: MetricsPublisher): AgentPart[] {
    const { address, port } = this.#config.metrics.prometheus
    if (port === 0) return []
    const info = () => ({
      version: VERSION,
      model: this.modelId,
      kernel: this.kernelBuild,
      capture: this.source.kind,
    })
    return [
      new PrometheusEndpoint({
        address,
        port,
        samples: () => metrics.samples(),
        info,
        log: this.#options.log,
      }),
    ]
  }

  /** Settings that take effect at once (`x-restart` of the schema is false); the others are as at the start. */
  #apply(config: Config): void {
    this.#config = config
    this.#router.apply(config.alerts)
    this.#options.log.level = config.log.level
  }

  #publish(body: ReportBody): void {
    const eventId = randomUUID()
    if ('anomaly' in body) body.anomaly.evidence = this.#evidence.attach(eventId, body.anomaly) ?? null
    this.#link.publishAnomaly(body, eventId)
    if ('anomaly' in body) this.#latency?.published(eventId, Number(body.anomaly.lastSeenMicroseconds))
    this.#options.onReport?.(eventId, body)
  }

  #tick(): void {
    const now = this.#clock.now()
    if (now === undefined) return
    const idleSince = now - this.#config.idleSeconds * 1e6
    this.#scorer.flushStreams(idleSince)
    this.#engine.idle(idleSince)
    this.#router.tick(now)
    this.#evidence.tick(now)
  }
}

/**
 * Builds an agent from its configuration.
 * @param local the machine's own settings; where the fleet manages the agent, its last settings come over them
 * @throws FirsteightError MODEL_*, KERNEL_MISSING, CONFIG_INVALID, BROKER_ADDRESS, FILE_*, TRUST_INVALID
 */
export async function createAgent(local: Config, options: AgentOptions): Promise<Agent> {
  const management = await openManagement(local, options.step, nowMicroseconds())
  const config = management?.fleet.wanted ?? local
  const shipped = await readModelFile(config.model || DEFAULT_MODEL_PATH)
  const kernel = await loadKernel(config)
  const models = management && (await openModels(config, options, shipped, kernel))
  if (models === undefined) kernel.loadModel(shipped)
  const source = openSource(config.capture, config.serverPorts, { realtime: options.realtime ?? false })
  return new Agent({ config, options, shipped, models, kernel, source, management })
}

async function loadKernel({ kernel: build, serverPorts }: Config): Promise<Kernel> {
  const kernel = await Kernel.load({ build })
  kernel.setServerPorts(serverPorts)
  return kernel
}

function openModels(
  { stateFolder, site, node }: Config,
  { log, modelStep }: AgentOptions,
  shipped: ModelFile,
  kernel: Kernel,
): Promise<StartedModels> {
  return startModels({
    folder: statePath(stateFolder, 'models'),
    receiver: { site, node },
    shipped,
    load: (model) => kernel.loadModel(model),
    log,
    now: nowMicroseconds,
    step: modelStep,
  })
}
