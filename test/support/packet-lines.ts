import { execFileSync } from 'node:child_process'

/** tcpdump's line for each packet of a capture file that passes the filter: an independent reader. */
export function packetLines(file: string, filter: string): string[] {
  const parameters = ['-n', '-r', file, filter].filter((parameter) => parameter !== '')
  const text = execFileSync('tcpdump', parameters, { encoding: 'utf8', maxBuffer: 1 << 26, stdio: 'pipe' })
  return text.split('\n').filter((line) => /^\d\d:/.test(line))
}
