import { cpus, totalmem } from 'node:os'
import { VERSION } from '../core/version.js'

/** What figures depend on: without it they mean nothing. */
export function describeMachine(): Record<string, string | number> {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memoryMebibytes: Math.round(totalmem() / 2 ** 20),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    firsteight: VERSION,
  }
}
