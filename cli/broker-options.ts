import { type Command, Option } from 'commander'
import type { BrokerSettings } from '../core/broker/options.js'

/** How a command of the operator reaches the broker. */
export interface BrokerFlags {
  broker: string
  protocol: '5' | '3.1.1'
  username?: string
  passwordFile?: string
  ca?: string
  cert?: string
  key?: string
}

export function addBrokerOptions(command: Command): Command {
  return command
    .option('--broker <url>', 'mqtt://, mqtts://, ws:// or wss://', 'mqtt://127.0.0.1:1883')
    .addOption(new Option('--protocol <version>', 'MQTT version').choices(['5', '3.1.1']).default('5'))
    .option('--username <name>', 'user name at the broker')
    .option('--password-file <file>', 'its first line is the password')
    .option('--ca <file>', 'PEM: authorities that may sign the certificate of the broker')
    .option('--cert <file>', 'PEM: client certificate')
    .option('--key <file>', 'PEM: key of the client certificate')
}

export function brokerSettings(flags: BrokerFlags): BrokerSettings {
  return {
    url: flags.broker,
    protocol: flags.protocol,
    username: flags.username ?? '',
    passwordFile: flags.passwordFile ?? '',
    caFile: flags.ca ?? '',
    certificateFile: flags.cert ?? '',
    keyFile: flags.key ?? '',
  }
}
