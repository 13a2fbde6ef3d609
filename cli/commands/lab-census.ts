import { type Command, Option } from 'commander'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { writeFileWhole } from '../../core/write-file.js'
import { type Census, formatCensus } from '../../lab/census/census.js'
import { extendCensus } from '../../lab/census/extend.js'
import { reduceCaptures } from '../../lab/census/reduce.js'
import { reduceAttackCaptures } from '../../lab/census/reduce-attacks.js'
import { readTrainingInput, startsLikeCensus } from '../../lab/train/read-sources.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'

/** Adds `census` to the `lab` command. */
export function registerLabCensus(lab: Command): void {
  const command = lab
    .command('census')
    .description('reduce captures of clean traffic to a census: masked eight-byte patterns, counted')
    .argument('<capture...>', 'pcap or pcapng, plain or gzip; all streams on port 53 are taken for clean')
    .option(
      '--attack',
      'the captures are attacks, labelled by file name: whole patterns, a limited number of each',
    )
    .addOption(
      new Option(
        '--add-to <census>',
        'count with the masks of this census of clean traffic, and write it with the captures added',
      ).conflicts('attack'),
    )
    .requiredOption('--out <file>', 'where the census goes')
    .option('--json', 'print results as JSON lines')
    .action(runCensus)
  addExamples(
    command,
    [
      ['firsteight lab census --out clean.census.tsv recordings/clean-*.pcap', 'reduce recorded captures'],
      [
        'firsteight lab census --attack --out attack.census.tsv attacks/*.pcap',
        'the same of recorded attacks',
      ],
      [
        'firsteight lab census --add-to clean.census.tsv --out wider.census.tsv new/clean-*.pcap',
        'what was recorded later, beside what was recorded before',
      ],
    ],
    ['INPUT'],
  )
}

interface CensusFlags {
  out: string
  attack?: true
  addTo?: string
  json?: true
}

async function runCensus(files: string[], flags: CensusFlags): Promise<void> {
  const output = createOutput({ json: flags.json })
  const census = await makeCensus(files, flags)
  await writeFileWhole(flags.out, formatCensus(census))
  for (const context of CONTEXT_NAMES) {
    const rows = census.rows.filter((row) => row.context === context)
    const streams = rows.reduce((sum, row) => sum + row.count, 0)
    const patterns = new Set(rows.map((row) => row.pattern)).size
    const inputMask = Buffer.from(census.masks.get(context) ?? []).toString('hex')
    output.line(
      { context, streams, patterns, inputMask },
      `${context.padEnd(12)}  ${streams} streams, ${patterns} patterns, mask ${inputMask || 'none'}`,
    )
  }
  output.summary(
    { census: flags.out, captures: census.captures.length, rows: census.rows.length },
    `wrote ${flags.out}: ${census.captures.length} captures, ${census.rows.length} rows`,
  )
}

/** @throws FirsteightError TRAINING_DATA for a census among the captures, or captures that hold nothing to count */
async function makeCensus(files: string[], flags: CensusFlags): Promise<Census> {
  for (const file of files) {
    if (!(await startsLikeCensus(file))) continue
    throw new FirsteightError('TRAINING_DATA', `${file}: a census, expected a capture`, {
      hint: 'Give the census that captures are to be added to with --add-to.',
      details: { file },
    })
  }
  const census = await countCaptures(files, flags)
  if (census.rows.length > 0) return census
  throw new FirsteightError(
    'TRAINING_DATA',
    `${files.join(', ')}: no stream of eight bytes on a server port`,
    {
      hint: 'Give captures with traffic on port 53, TCP from its SYN.',
      details: { files },
    },
  )
}

async function countCaptures(files: string[], { attack, addTo }: CensusFlags): Promise<Census> {
  if (attack) return reduceAttackCaptures(files)
  if (addTo === undefined) return reduceCaptures(files)
  const [census] = (await readTrainingInput([addTo])).censuses
  return extendCensus(census!, await reduceCaptures(files, { masks: census!.masks }))
}
