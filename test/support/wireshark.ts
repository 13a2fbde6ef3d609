import { execFileSync } from 'node:child_process'
import { findProgram } from './requires.js'

/** One row a packet, one text a field, as `tshark -T fields` prints them. */
export function tshark(path: string, fields: readonly string[], filter = ''): string[][] {
  const columns = fields.flatMap((field) => ['-e', field])
  const output = run('tshark', ['-r', path, '-Y', filter, '-T', 'fields', ...columns])
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

/** The frames' bytes, hex. */
export function tsharkFrames(path: string, filter = ''): string[] {
  const packets: { _source: { layers: { frame_raw: string[] } } }[] = JSON.parse(
    run('tshark', ['-r', path, '-Y', filter, '-T', 'jsonraw']),
  )
  return packets.map(({ _source }) => _source.layers.frame_raw[0]!)
}

export function capinfos(path: string): string {
  return run('capinfos', [path])
}

function run(program: string, args: string[]): string {
  return execFileSync(findProgram(program)!, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
  })
}
