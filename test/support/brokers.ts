import type { Test } from 'tap'
import { EmbeddedBroker } from '../../cli/embedded-broker.js'
import type { BrokerSettings } from '../../core/broker/options.js'
import { Mosquitto, type MosquittoOptions } from './mosquitto.js'
import { NatsCluster } from './nats-cluster.js'
import { NodeDeaths } from './node-deaths.js'
import { requires } from './requires.js'

/** Brokers that the same tests run on, and the programs that each needs. */
const PROGRAMS = { mosquitto: ['mosquitto'], aedes: [], nats: ['nats-server'] } as const

export type BrokerName = keyof typeof PROGRAMS
export const BROKER_NAMES = Object.keys(PROGRAMS) as BrokerName[]

/** Which broker a run of tests is on, and the seed of what happens to it: set by `npm run test:brokers`. */
export const BROKER_VARIABLE = 'FIRSTEIGHT_TEST_BROKER'
export const SEED_VARIABLE = 'FIRSTEIGHT_TEST_SEED'

/** A broker under test, started. */
export interface TestBroker {
  readonly name: BrokerName
  readonly protocol: '5' | '3.1.1'
  readonly url: string
  /** Other nodes of the same broker. */
  readonly otherUrls: readonly string[]
  /** For agents. */
  readonly settings: Pick<BrokerSettings, 'url' | 'otherUrls' | 'protocol'>
  /** For commands: `--broker URL --protocol VERSION`. */
  readonly flags: readonly string[]
  /** It keeps sessions and messages when it ends in order and starts again. */
  readonly survivesRestart: boolean
  readonly mosquitto?: Mosquitto
  readonly cluster?: NatsCluster
  /** Ends it and deletes what it kept. */
  remove(): Promise<void>
}

/** @throws Error for a name that is none */
export function brokerName(text: string): BrokerName {
  const name = BROKER_NAMES.find((known) => known === text)
  if (name === undefined) throw new Error(`broker "${text}": expected ${BROKER_NAMES.join(', ')}`)
  return name
}

/** The broker of this run of tests. */
export const BROKER = brokerName(process.env[BROKER_VARIABLE] ?? 'mosquitto')

/** Options for `t.test`: skips without the broker's programs or these. */
export function brokerRequires(...programs: string[]): { skip?: string } {
  return requires({ programs: [...PROGRAMS[BROKER], ...programs] })
}

/** @param options for Mosquitto */
export async function startBroker(
  name: BrokerName = BROKER,
  options: MosquittoOptions = {},
): Promise<TestBroker> {
  if (name === 'mosquitto') {
    const mosquitto = await Mosquitto.start(options)
    const remove = () => mosquitto.remove()
    return {
      ...addresses([mosquitto.url], '5'),
      name,
      survivesRestart: options.persistent ?? false,
      mosquitto,
      remove,
    }
  }
  if (name === 'aedes') {
    const embedded = await EmbeddedBroker.start()
    const remove = () => embedded.stop()
    return { ...addresses([embedded.url], '3.1.1'), name, survivesRestart: false, remove }
  }
  const cluster = await NatsCluster.start()
  const remove = () => cluster.remove()
  return { ...addresses(cluster.urls, '3.1.1'), name, survivesRestart: true, cluster, remove }
}

/**
 * The broker of this run of tests, removed at the end of the test.
 * @param options.deaths on a cluster: random nodes die and come back while the test runs
 */
export async function testBroker(t: Test, { deaths = false } = {}): Promise<TestBroker> {
  const broker = await startBroker()
  t.teardown(() => broker.remove())
  if (!deaths || !broker.cluster) return broker
  const seed = Number(process.env[SEED_VARIABLE] ?? Math.floor(Math.random() * 2 ** 32))
  t.comment(`node deaths: ${SEED_VARIABLE}=${seed}`)
  const unrest = NodeDeaths.begin(broker.cluster, seed, (text) => t.comment(text))
  t.teardown(() => unrest.end())
  return broker
}

function addresses(urls: readonly string[], protocol: '5' | '3.1.1') {
  const [url = '', ...otherUrls] = urls
  const flags = [...urls.flatMap((each) => ['--broker', each]), '--protocol', protocol]
  return { protocol, url, otherUrls, settings: { url, otherUrls, protocol }, flags }
}
