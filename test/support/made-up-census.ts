import { CONTEXT_NAMES } from '../../core/contexts.js'
import { type Census, type CensusRow, formatCensus } from '../../lab/census/census.js'
import { parseCensus } from '../../lab/census/read-census.js'
import { seededRandom } from '../../lab/evaluate/statistics.js'

/**
 * A small census of a made-up protocol: three programs, constant bytes, a few flag bits that vary, a small counter;
 * over TCP a length before it. For tests of the training's machinery, not of what it finds.
 */
export function madeUpCensus(options: { streams?: number; programs?: string[] } = {}): Census {
  const random = seededRandom(99)
  const rows = new Map<string, CensusRow>()
  const programs = options.programs ?? ['one', 'three', 'two']
  for (const context of CONTEXT_NAMES) {
    for (let stream = 0; stream < (options.streams ?? 600); stream++) {
      const program = programs[stream % programs.length]!
      const response = context.endsWith('response')
      const flags = (response ? 0x8000 : 0) | (random() < 0.7 ? 0x0100 : 0) | (random() < 0.3 ? 0x0020 : 0)
      const counter = response ? Math.floor(random() ** 2 * 12) : 0
      const bytes = Buffer.alloc(8)
      if (context.startsWith('tcp')) {
        bytes.writeUInt16BE(20 + Math.floor(random() * 40), 0)
        bytes.writeUInt16BE(flags, 4)
        bytes.writeUInt16BE(1, 6)
      } else {
        bytes.writeUInt16BE(flags, 2)
        bytes.writeUInt16BE(1, 4)
        bytes.writeUInt16BE(counter, 6)
      }
      const pattern = bytes.toString('hex')
      const key = `${context} ${program} ${pattern}`
      const row = rows.get(key) ?? { context, program, pattern, count: 0 }
      row.count++
      rows.set(key, row)
    }
  }
  const mask = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
  const census: Census = {
    captures: programs.map((program) => ({
      name: `${program}.pcap`,
      sha256: '0'.repeat(64),
      program,
      software: [],
      commands: [],
    })),
    masks: new Map(
      CONTEXT_NAMES.map((context) => [
        context,
        mask(context.startsWith('tcp') ? 'ffff0000ffffffff' : '0000ffffffffffff'),
      ]),
    ),
    rows: [...rows.values()],
  }
  return parseCensus(formatCensus(census), 'made up')
}
