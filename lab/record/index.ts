import { ATTACK_SCENARIOS } from './attack/scenarios.js'
import { CLEAN_SCENARIOS } from './clean/scenarios.js'
import { demoScenario } from './demo/scenario.js'
import type { Manifest } from './manifest.js'
import { type RecordOptions, record } from './recorder.js'

/** Records the clean captures that a model learns from, `clean-*.pcap`. Errors as `record`. */
export function recordClean(options: RecordOptions): Promise<Manifest> {
  return record(CLEAN_SCENARIOS, { atOnce: 3, attempts: 2, ...options })
}

/** Records the demo capture, `demo.pcap`. Errors as `record`. */
export function recordDemo(options: RecordOptions): Promise<Manifest> {
  return record([demoScenario], options)
}

/**
 * Records real programs that are not DNS on port 53, `attack-*.pcap`, and tunnels in well-formed DNS,
 * `tunnel-*.pcap`: what a model is judged by. Errors as `record`.
 */
export function recordAttack(options: RecordOptions): Promise<Manifest> {
  return record(ATTACK_SCENARIOS, { atOnce: 4, attempts: 2, ...options })
}
