import { COUNTER_ANOMALIES, count } from '../counters'
import { isServerPort } from '../flow/ports'
import { inputOf } from '../model/forward'
import { lossOf, thresholdOf } from '../model/loss'
import { censusOn, countPattern } from '../telemetry/census'
import { countLoss, lossesOn } from '../telemetry/losses'
import { destinationPort, sourcePort } from '../wire/packet'

/** Loss of the bytes judged last, in loss units. */
export let loss: u32 = 0

/** Scores the eight bytes of a stream or message of the decoded packet. Returns true when the loss exceeds the threshold. */
export function isAnomalous(context: i32, first: usize): bool {
  // Between two server ports nobody knows which end is the server, so nobody should learn from it.
  const learn = !(isServerPort(sourcePort) && isServerPort(destinationPort))
  return judge(context, inputOf(context, first), lossOf(context, first), learn)
}

/**
 * Judges a pattern (masked bytes) by its loss. Returns true when that exceeds the threshold.
 * @param learn whether the census counts it
 */
export function judge(context: i32, pattern: u64, patternLoss: u32, learn: bool): bool {
  loss = patternLoss
  if (lossesOn) countLoss(context, loss)
  if (censusOn && learn) countPattern(context, pattern)
  if (loss <= thresholdOf(context)) return false
  count(COUNTER_ANOMALIES + context)
  return true
}
