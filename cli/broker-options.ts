import { type Command, Option } from 'commander'
import type { BrokerSettings } from '../core/broker/options.js'

const DEFAULT_BROKER = ['mqtt://127.0.0.1:1883']

/** How a command of the operator reaches the broker. */
export interface BrokerFlags {
  /** The first address, and others of the same broker. */
  broker: string[]
  protocol: '5' | '3.1.1'
  username?: string
  passwordFile?: string
  ca?: string
  cert?: string
  key?: string
}

/** `--broker URL`, again for each further node of a cluster. */
export function brokerOption(): Option {
  const repeated = 'mqtt://, mqtts://, ws:// or wss://; repeat for each further node of a cluster'
  return new Option('--broker <url>', repeated)
    .default(DEFAULT_BROKER, DEFAULT_BROKER[0])
    .argParser<string[]>((url, urls) => (urls === DEFAULT_BROKER ? [url] : [...urls, url]))
}

export function addBrokerOptions(command: Command): Command {
  return command
    .addOption(brokerOption())
    .addOption(new Option('--protocol <version>', 'MQTT version').choices(['5', '3.1.1']).default('5'))
    .option('--username <name>', 'user name at the broker')
    .option('--password-file <file>', 'its first line is the password')
    .option('--ca <file>', 'PEM: authorities that may sign the certificate of the broker')
    .option('--cert <file>', 'PEM: client certificate')
    .option('--key <file>', 'PEM: key of the client certificate')
}

export function brokerSettings(flags: BrokerFlags): BrokerSettings {
  const [url = '', ...otherUrls] = flags.broker
  return {
    url,
    otherUrls,
    protocol: flags.protocol,
    username: flags.username ?? '',
    passwordFile: flags.passwordFile ?? '',
    caFile: flags.ca ?? '',
    certificateFile: flags.cert ?? '',
    keyFile: flags.key ?? '',
  }
}
