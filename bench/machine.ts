import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { VERSION } from '../core/version.js'

/** What figures depend on: without it they mean nothing. */
export function describeMachine(): Record<string, string | number> {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    vectors: vectorExtensions(),
    memoryMebibytes: Math.round(totalmem() / 2 ** 20),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    firsteight: VERSION,
  }
}

/** What native rivals are compiled for: WebAssembly's vectors have 128 bits whatever the processor has. */
const VECTOR_EXTENSIONS = ['sse4_2', 'avx2', 'avx512f', 'avx512_vnni', 'asimd', 'sve']

/** Those that Linux says this processor has; `unknown` elsewhere. */
function vectorExtensions(): string {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ')
    const known = VECTOR_EXTENSIONS.filter((extension) => flags?.includes(extension))
    return known.join(' ') || 'unknown'
  } catch {
    return 'unknown'
  }
}
