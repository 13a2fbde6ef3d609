import { demoScenario } from './demo/scenario.js'
import type { Manifest } from './manifest.js'
import { type RecordOptions, record } from './recorder.js'

/** Records the demo capture, `demo.pcap`. Errors as `record`. */
export function recordDemo(options: RecordOptions): Promise<Manifest> {
  return record([demoScenario], options)
}
