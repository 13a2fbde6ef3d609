import { CLEAN_SCENARIOS } from './clean/scenarios.js'
import { demoScenario } from './demo/scenario.js'
import type { Manifest } from './manifest.js'
import { type RecordOptions, record } from './recorder.js'

/** Records the clean captures that a model learns from, `clean-*.pcap`. Errors as `record`. */
export function recordClean(options: RecordOptions): Promise<Manifest> {
  return record(CLEAN_SCENARIOS, options)
}

/** Records the demo capture, `demo.pcap`. Errors as `record`. */
export function recordDemo(options: RecordOptions): Promise<Manifest> {
  return record([demoScenario], options)
}
