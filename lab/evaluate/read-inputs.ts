import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ModelFile } from '../../core/model-file.js'
import { CENSUS_FORMAT } from '../census/census.js'
import { parseCensus } from '../census/read-census.js'
import { digestOf, firstBytes } from '../files.js'
import { readCapture } from './read-capture.js'
import { parseTable } from './read-table.js'
import { invalid, type Stream, type StreamClass, type StreamFile, TEXT_FILE_LIMIT } from './streams.js'

/** Files by what they are said to hold. */
export interface InputFiles {
  clean: readonly string[]
  attack: readonly string[]
  other: readonly string[]
}

/**
 * Reads all files, each by what its content is, and checks that they do not contradict each other.
 * @throws FirsteightError FILE_UNREADABLE, EVALUATION_INVALID, CENSUS_INVALID, and those of readCapture
 */
export async function readInputs(
  files: InputFiles,
  model: ModelFile,
  options: { onProgress?: ((file: string) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<StreamFile[]> {
  const inputs: StreamFile[] = []
  for (const streamClass of ['clean', 'attack', 'other'] as const) {
    for (const file of files[streamClass]) {
      options.signal?.throwIfAborted()
      options.onProgress?.(file)
      inputs.push(await readInput(file, streamClass, model))
    }
  }
  checkContradictions(inputs)
  for (const streamClass of ['clean', 'attack'] as const) {
    if (inputs.some((input) => input.streamClass === streamClass && input.streams.length > 0)) continue
    throw invalid(
      files[streamClass].join(', ') || `--${streamClass}`,
      undefined,
      `no ${streamClass} stream of eight bytes or more: both classes are needed`,
    )
  }
  return inputs
}

async function readInput(file: string, streamClass: StreamClass, model: ModelFile): Promise<StreamFile> {
  const start = (await firstBytes(file, 64)).toString('latin1')
  const sha256 = await digestOf(file)
  if (start.length === 0) throw invalid(file, undefined, 'the file is empty')
  if (start.startsWith(CENSUS_FORMAT)) {
    const content = censusStreams(await readText(file), file)
    return { file, kind: 'census', sha256, streamClass, ...content, short: 0, midstream: 0 }
  }
  if (/^[\t\n\r\x20-\x7e]+$/.test(start)) {
    const content = parseTable(await readText(file), file, streamClass)
    if (content.labels.size === 0) throw invalid(file, 2, 'expected at least one row')
    return { file, kind: 'table', sha256, streamClass, ...content }
  }
  return { file, kind: 'capture', sha256, streamClass, ...(await readCapture(file, streamClass, model)) }
}

/** A census names programs, not protocols: the program stands for the label and for the capture. */
function censusStreams(text: string, file: string): Pick<StreamFile, 'streams' | 'labels'> {
  const census = parseCensus(text, file)
  const labels = new Map<string, undefined>()
  const streams = census.rows.map(({ context, program, pattern, count }): Stream => {
    labels.set(program, undefined)
    const flow = `${context.slice(0, 3)} ${program}`
    return { context, firstEight: pattern, length: undefined, label: program, capture: program, flow, count }
  })
  return { streams, labels }
}

function checkContradictions(inputs: readonly StreamFile[]): void {
  for (const [index, input] of inputs.entries()) {
    for (const earlier of inputs.slice(0, index)) {
      if (input.sha256 === earlier.sha256 && input.streamClass === earlier.streamClass) {
        throw invalid(input.file, undefined, `the same content as ${earlier.file}, which would count twice`)
      }
      if (input.streamClass === earlier.streamClass || input.streamClass === 'other') continue
      for (const [label, line] of input.labels) {
        if (!earlier.labels.has(label)) continue
        const place = earlier.labels.get(label)
        throw invalid(
          input.file,
          line,
          `label ${label} is ${input.streamClass} here and ${earlier.streamClass} in ${earlier.file}${place === undefined ? '' : ` line ${place}`}`,
          'A label is either clean or attack; give each file to one of the two.',
        )
      }
      if (input.sha256 === earlier.sha256 && input.kind !== 'capture') {
        throw invalid(input.file, undefined, `given as ${earlier.streamClass} and as ${input.streamClass}`)
      }
    }
  }
  checkCaptures(inputs)
}

/** The same capture as both classes is right only where a table of flows shared it out. */
function checkCaptures(inputs: readonly StreamFile[]): void {
  for (const attack of inputs.filter((input) => input.streamClass === 'attack' && input.kind === 'capture')) {
    const clean = inputs.find((input) => input.streamClass === 'clean' && input.sha256 === attack.sha256)
    if (!clean) continue
    const shared = new Set(clean.streams.map((stream) => stream.flow))
    if (attack.streams.some((stream) => shared.has(stream.flow))) {
      throw invalid(
        attack.file,
        undefined,
        'given as clean and as attack',
        `Name each flow's label in ${basename(attack.file).replace(/\..*$/, '')}.flows.tsv beside it.`,
      )
    }
  }
}

async function readText(file: string): Promise<string> {
  const { size } = await stat(file)
  if (size > TEXT_FILE_LIMIT) throw invalid(file, undefined, `longer than ${TEXT_FILE_LIMIT} bytes`)
  return readFile(file, 'utf8')
}
