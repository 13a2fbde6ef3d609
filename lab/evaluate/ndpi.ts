import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf, systemCodeOf } from '../../core/errors.js'

const run = promisify(execFile)

/** What nDPI says of one flow. */
export interface NdpiVerdict {
  /** Its name for the protocol, such as `TLS` or `DNS.Google`; empty when it names none. */
  protocol: string
  /** It names another protocol than DNS. */
  namesAnother: boolean
  /** It names another protocol, or calls the flow DNS for its port alone. */
  notByContent: boolean
}

/** nDPI's verdicts on one capture, by flow as `Stream.flow` names it, either end first. */
export interface NdpiCapture {
  verdictOf(flow: string): NdpiVerdict | undefined
}

const PROTOCOLS: Record<string, string> = { 6: 'tcp', 17: 'udp' }

/** Longest a run may take, milliseconds. */
const TIMEOUT = 300_000

/**
 * The version of the installed ndpiReader.
 * @returns such as `4.2.0`; undefined when it is not installed
 */
export async function ndpiVersion(program = 'ndpiReader'): Promise<string | undefined> {
  const said = await run(program, ['-h'], { timeout: TIMEOUT }).catch(
    // It ends its help with an exit code of 1.
    (error: unknown) =>
      systemCodeOf(error) === 'ENOENT' ? undefined : (error as { stdout?: string; stderr?: string }),
  )
  if (said === undefined) return undefined
  return (
    /nDPI \(?v?([0-9][^\s)]*)/.exec(`${said.stdout ?? ''}${said.stderr ?? ''}`)?.[1] ?? 'of unknown version'
  )
}

/**
 * Runs ndpiReader on a capture, twice: with its guesses by port, and without, to learn which flows are DNS to it for
 * their port alone.
 * @throws Error when it fails; evaluation goes on without it
 */
export async function runNdpi(capture: string, signal?: AbortSignal): Promise<NdpiCapture> {
  const folder = await mkdtemp(join(tmpdir(), 'firsteight-ndpi-'))
  try {
    const flowsOf = async (name: string, flags: string[]) => {
      const table = join(folder, name)
      await run('ndpiReader', ['-q', ...flags, '-i', capture, '-C', table], {
        timeout: TIMEOUT,
        maxBuffer: 1 << 26,
        ...(signal ? { signal } : {}),
      })
      return parseNdpiFlows(await readFile(table, 'utf8'))
    }
    const guessed = await flowsOf('guessed.csv', [])
    const seen = await flowsOf('seen.csv', ['-d'])
    return {
      verdictOf(named) {
        const flow = flowKey(named)
        const protocol = guessed.get(flow)
        if (protocol === undefined) return undefined
        const namesAnother = protocol !== '' && !isDns(protocol)
        return { protocol, namesAnother, notByContent: namesAnother || !isDns(seen.get(flow) ?? '') }
      },
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw new Error(`ndpiReader failed on ${capture}: ${messageOf(error)}`, { cause: error })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Protocols by flow from the table that ndpiReader writes: separated by commas or, from version 4.4 on, bars. Both
 * ends of a flow are tried as the client.
 * @returns keys as of `flowKey`
 */
export function parseNdpiFlows(text: string): Map<string, string> {
  const lines = text.split('\n')
  const header = (lines[0] ?? '').replace(/^#/, '')
  const separator = header.includes('|') ? '|' : ','
  const columns = header.split(separator)
  const at = (...names: string[]) => {
    const index = columns.findIndex((column) => names.includes(column))
    if (index === -1) throw new Error(`no column ${names[0]} in what ndpiReader wrote`)
    return index
  }
  const [transport, source, sourcePort, destination, destinationPort, protocol] = [
    at('protocol'),
    at('src_ip'),
    at('src_port'),
    at('dst_ip'),
    at('dst_port'),
    at('ndpi_proto', 'detected_protocol_name'),
  ]
  const flows = new Map<string, string>()
  for (const line of lines.slice(1)) {
    const fields = line.split(separator)
    const name = PROTOCOLS[fields[transport] ?? '']
    if (name === undefined) continue
    const one = endpoint(fields[source]!, fields[sourcePort]!)
    const other = endpoint(fields[destination]!, fields[destinationPort]!)
    const named = fields[protocol] === 'Unknown' ? '' : (fields[protocol] ?? '')
    flows.set(`${name} ${one} ${other}`, named)
    flows.set(`${name} ${other} ${one}`, named)
  }
  return flows
}

/** The key in `parseNdpiFlows` of a flow as `Stream.flow` names it. */
export function flowKey(flow: string): string {
  return flow.replace(/\[([^\]]*)\]/g, (_, address: string) => `[${withoutZeroGroups(address)}]`)
}

/** `DNS`, and what it finds inside DNS, such as `DNS.Google`. */
function isDns(protocol: string): boolean {
  return protocol.split('.')[0] === 'DNS'
}

function endpoint(address: string, port: string): string {
  return address.includes(':') ? `[${withoutZeroGroups(address)}]:${port}` : `${address}:${port}`
}

/**
 * ndpiReader shortens IPv6 addresses in a way of its own (`1:0:2:0:3` becomes `1::2::3`), so addresses are compared
 * without their zero groups.
 */
function withoutZeroGroups(address: string): string {
  return address
    .split(':')
    .filter((group) => !/^0*$/.test(group))
    .join(':')
}
