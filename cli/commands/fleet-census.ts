import { createHash } from 'node:crypto'
import type { Command } from 'commander'
import type { Arrival } from '../../core/broker/conversation.js'
import { decodeCensusPart } from '../../core/census-message.js'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { checkSpeaker } from '../../core/messages.js'
import { formatTarget, parseTarget } from '../../core/signature/target.js'
import { parsePath } from '../../core/topics.js'
import { writeFileWhole } from '../../core/write-file.js'
import { formatCensus } from '../../lab/census/census.js'
import { fleetCensus, type ReceivedCensus } from '../../lab/census/fleet-census.js'
import { addBrokerOptions, type BrokerFlags } from '../broker-options.js'
import { takeArrivals } from '../fleet-arrivals.js'
import { addExamples } from '../help.js'
import { positive } from '../number-options.js'
import { createOutput } from '../output.js'
import type { CommandContext } from './command.js'

interface CensusFlags extends BrokerFlags {
  out: string
  for?: number
  model?: string
  json?: true
}

/** Bytes of messages that are kept; what comes beyond is counted. */
const MOST_BYTES = 1 << 28

/** Adds `census` to the `fleet` command. */
export function registerFleetCensus(fleet: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    fleet
      .command('census')
      .description(
        "turn what agents counted into a census file, for `firsteight calibrate`: a site's clean patterns",
      )
      .argument('<target>', 'SITE/NODE, SITE, or all'),
  )
    .requiredOption('--out <file>', 'where the census goes')
    .option(
      '--for <seconds>',
      'go on and add what agents publish in this time; Ctrl-C ends it earlier',
      positive,
    )
    .option('--model <id>', 'only agents whose model id begins so')
    .option('--json', 'print results as JSON lines')
    .action((target: string, flags: CensusFlags) => runFleetCensus(target, flags, context))
  addExamples(
    command,
    [
      ['firsteight fleet census branch-17 --out branch.census.tsv', 'the last census of each agent there'],
      ['firsteight fleet census branch-17 --for 86400 --out branch.census.tsv', 'a day of them'],
      ['firsteight calibrate --census branch.census.tsv --out branch.model', 'then: a model for the site'],
    ],
    ['CONFIG', 'INPUT', 'BROKER'],
  )
}

async function runFleetCensus(text: string, flags: CensusFlags, context: CommandContext): Promise<void> {
  const target = parseTarget(text)
  const output = createOutput(flags)
  const received = new Map<string, ReceivedCensus>()
  const seen = { bytes: 0, invalid: 0, left: 0 }
  const milliseconds = (flags.for ?? 0) * 1000
  const take = (arrival: Arrival) => {
    if (arrival.payload.length === 0) return
    try {
      const census = read(arrival)
      if (!census.census.modelId.startsWith(flags.model ?? '')) return
      const { header, number, part } = census.census
      const key = `${header.bootId} ${number} ${part}`
      if (received.has(key)) return
      if (seen.bytes + arrival.payload.length > MOST_BYTES) seen.left++
      else {
        seen.bytes += arrival.payload.length
        received.set(key, census)
        if (!arrival.retained)
          process.stderr.write(`${header.site}/${header.node}: census ${number}, part ${part}\n`)
      }
    } catch (error) {
      if (!(error instanceof FirsteightError)) throw error
      seen.invalid++
    }
  }
  await takeArrivals(flags, { paths: ['census/+'], target, milliseconds, signal: context.stopSignal() }, take)
  if (received.size === 0) {
    throw new FirsteightError('TRAINING_DATA', `no agent of ${formatTarget(target)} has published a census`, {
      hint: 'Agents publish every census.intervalSeconds, by default an hour. Wait with --for, or look at `firsteight fleet ls`.',
      details: { target: formatTarget(target), invalid: seen.invalid },
    })
  }
  const census = fleetCensus([...received.values()])
  await writeFileWhole(flags.out, formatCensus(census))
  for (const name of CONTEXT_NAMES) {
    const rows = census.rows.filter((row) => row.context === name)
    const streams = rows.reduce((sum, { count }) => sum + count, 0)
    const cut = (census.cuts ?? []).filter((entry) => entry.context === name)
    const overflow = cut.reduce((sum, { streams }) => sum + streams, 0)
    const line = {
      context: name,
      streams,
      patterns: new Set(rows.map(({ pattern }) => pattern)).size,
      overflow,
    }
    const beyond = overflow > 0 ? `, ${overflow} more whose pattern found no room` : ''
    output.line(line, `${name.padEnd(12)}  ${streams} streams, ${line.patterns} patterns${beyond}`)
  }
  const agents = census.captures.length
  const more = [
    ...(seen.invalid > 0 ? [`${seen.invalid} invalid messages`] : []),
    ...(seen.left > 0 ? [`${seen.left} messages left out, because there are too many`] : []),
  ]
  output.summary(
    {
      census: flags.out,
      agents,
      messages: received.size,
      rows: census.rows.length,
      invalid: seen.invalid,
      left: seen.left,
    },
    [
      `wrote ${flags.out}: ${agents} agents, ${received.size} messages, ${census.rows.length} rows`,
      ...more,
    ].join('; '),
  )
}

/** @throws FirsteightError MESSAGE_INVALID */
function read({ topic, payload }: Arrival): ReceivedCensus {
  const census = decodeCensusPart(payload)
  checkSpeaker(parsePath(topic), census.header)
  return { census, sha256: createHash('sha256').update(payload).digest('hex') }
}
