import { accessSync, constants, readFileSync } from 'node:fs'
import { inspectCapBinding, loadCap } from '../../agent/capture/cap-module.js'
import { ANY_INTERFACE, usableInterface } from '../../agent/capture/interfaces.js'
import { openSource } from '../../agent/capture/open.js'
import type { PacketSink } from '../../agent/capture/source.js'
import type { Config } from '../../agent/config.js'
import { FirsteightError } from '../../core/errors.js'
import { type Check, type Finding, failed, ok, warning } from './check.js'
import { outputOf, pathOf } from './program.js'

/** CAP_NET_RAW, capabilities(7). */
const NET_RAW = 1n << 13n
const OPENING_TIMEOUT = 10_000

/** What the configured kind of capture needs, and whether the other kind would work. */
export function captureChecks(config: Config): Check[] {
  const { kind, interface: interfaceName, file, command } = config.capture
  if (kind === 'file') return [fileCheck(file)]
  if (kind === 'stream' && file !== '') return [fileCheck(file)]
  if (command.length > 0 && kind === 'stream') return [commandCheck(command)]
  return [
    { name: 'interface', look: () => interfaceFinding(interfaceName) },
    { name: 'cap', look: async () => asNeeded(kind === 'cap', await capFinding()) },
    { name: 'tcpdump', look: async () => asNeeded(kind === 'stream', await tcpdumpFinding()) },
    { name: 'capture', look: () => openingFinding(config) },
    ...(interfaceName === ANY_INTERFACE || interfaceName === 'lo' ? [] : [offloadCheck(interfaceName)]),
  ]
}

/** A fault in what is not going to be used is no fault. */
function asNeeded(needed: boolean, finding: Finding): Finding {
  if (needed || finding.state === 'ok') return finding
  return { ...finding, state: 'warning', finding: `${finding.finding} (not used with these settings)` }
}

function fileCheck(file: string): Check {
  return {
    name: 'capture',
    look: () => {
      if (file === '-') return ok('reads standard input')
      try {
        accessSync(file, constants.R_OK)
        return ok(`${file} is readable`)
      } catch {
        return failed(`${file} cannot be read`, `ls -l ${file}`)
      }
    },
  }
}

function commandCheck([program = '', ...args]: readonly string[]): Check {
  return {
    name: 'capture',
    look: async () =>
      (await pathOf(program)) === undefined
        ? failed(`the capture command ${program} is not installed`, 'Install it, or correct capture.command')
        : ok(`the capture command is there, and not tried: ${[program, ...args].join(' ')}`),
  }
}

function interfaceFinding(name: string): Finding {
  usableInterface(name)
  return ok(name === ANY_INTERFACE ? 'all interfaces, never promiscuous' : `${name} is up`)
}

async function capFinding(): Promise<Finding> {
  try {
    await loadCap()
  } catch (error) {
    if (!(error instanceof FirsteightError)) throw error
    return failed(error.message, error.hint)
  }
  const { asserting, bounded } = inspectCapBinding()
  if (asserting) {
    return warning(
      'cap loads, but was compiled with assertions: an interface that goes down would abort the agent',
      'CXXFLAGS=-DNDEBUG npm rebuild cap',
    )
  }
  if (!bounded) {
    return warning(
      'cap loads, but was compiled as it came: a flood holds up everything else for a second at a time, and loses packets',
      'npm run build:cap',
    )
  }
  if (!hasNetRaw('CapEff')) {
    return failed('cap loads, but this process may not capture', `setcap cap_net_raw+ep ${process.execPath}`)
  }
  return ok('cap loads, and this process may capture')
}

async function tcpdumpFinding(): Promise<Finding> {
  const path = await pathOf('tcpdump')
  if (path === undefined) return failed('tcpdump is not installed', 'apt-get install tcpdump')
  const inherits = hasNetRaw('CapEff') && (process.getuid?.() === 0 || hasNetRaw('CapAmb'))
  if (inherits) return ok(`${path} may capture when this user starts it`)
  const capabilities = await outputOf('getcap', path)
  if (capabilities === undefined) {
    return warning(
      'whether tcpdump may capture is unknown: there is no getcap',
      'apt-get install libcap2-bin',
    )
  }
  if (capabilities.includes('cap_net_raw')) return ok(`${path} holds cap_net_raw`)
  return failed(`${path} may not capture when this user starts it`, `setcap cap_net_raw+ep ${path}`)
}

/** The proof: opens the configured source and ends it at once. */
async function openingFinding({ capture, serverPorts }: Config): Promise<Finding> {
  const source = openSource(capture, serverPorts)
  let opened = false
  const run = source.run(discard(), () => {
    opened = true
    void source.stop()
  })
  const timer = setTimeout(() => void source.stop(), OPENING_TIMEOUT)
  await run.finally(() => clearTimeout(timer))
  if (opened) return ok(`${source.description} opens, with its filter`)
  return failed(`${source.description} did not open within ${OPENING_TIMEOUT / 1000} s`, 'Try again')
}

export function offloadCheck(interfaceName: string): Check {
  return {
    name: 'offloads',
    look: async () => {
      const features = await outputOf('ethtool', '-k', interfaceName)
      if (features === undefined) {
        return warning(
          `whether ${interfaceName} merges packets is unknown: ethtool is missing or failed`,
          'apt-get install ethtool',
        )
      }
      const on = mergingFeatures(features)
      if (on.length === 0) return ok(`${interfaceName} hands over packets as they are on the wire`)
      const switches = on.map((feature) => `${feature} off`).join(' ')
      return warning(
        `${interfaceName} merges packets (${on.join(', ')}): they then take 128 KiB each of the ring of cap, so that bursts are lost, and tcpdump cuts them`,
        `ethtool -K ${interfaceName} ${switches}`,
      )
    },
  }
}

/** The switches of ethtool -K that are on, and can be turned off, in the output of ethtool -k. */
export function mergingFeatures(features: string): string[] {
  const switches: Readonly<Record<string, string>> = {
    'generic-receive-offload': 'gro',
    'large-receive-offload': 'lro',
    'generic-segmentation-offload': 'gso',
    'tcp-segmentation-offload': 'tso',
  }
  return [...features.matchAll(/^([a-z-]+): on$/gm)].flatMap(([, name = '']) => switches[name] ?? [])
}

function hasNetRaw(set: 'CapEff' | 'CapAmb'): boolean {
  try {
    const mask = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(
      readFileSync('/proc/self/status', 'utf8'),
    )?.[1]
    return (BigInt(`0x${mask}`) & NET_RAW) !== 0n
  } catch {
    // No /proc: the trial opening tells.
    return true
  }
}

function discard(): PacketSink {
  const space = Buffer.alloc(65536)
  return {
    packetBuffer: space,
    packet: () => {},
    chunkSpace: () => space,
    chunk: () => undefined,
    end: () => {},
  }
}
