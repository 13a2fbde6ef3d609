import type { Command } from 'commander'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { writeFileWhole } from '../../core/write-file.js'
import { formatCensus } from '../../lab/census/census.js'
import { reduceCaptures } from '../../lab/census/reduce.js'
import { reduceAttackCaptures } from '../../lab/census/reduce-attacks.js'
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
    ],
    ['INPUT'],
  )
}

async function runCensus(files: string[], flags: { out: string; attack?: true; json?: true }): Promise<void> {
  const output = createOutput({ json: flags.json })
  const census = await (flags.attack ? reduceAttackCaptures(files) : reduceCaptures(files))
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
