import { COUNTER_ANOMALIES, count } from '../counters'
import { isServerPort } from '../flow/ports'
import { inputOf } from '../model/forward'
import { lossOf, thresholdOf } from '../model/loss'
import { censusOn, countPattern } from '../telemetry/census'
import { countLoss, lossesOn } from '../telemetry/losses'
import { destinationPort, sourcePort } from '../wire/packet'

/** Loss of the bytes scored last, in loss units. */
export let loss: u32 = 0

/** Scores the eight bytes of a stream or message of the decoded packet. Returns true when the loss exceeds the threshold. */
export function isAnomalous(context: i32, first: usize): bool {
  loss = lossOf(context, first)
  if (lossesOn) countLoss(context, loss)
  // Between two server ports nobody knows which end is the server, so nobody should learn from it.
  if (censusOn && !(isServerPort(sourcePort) && isServerPort(destinationPort)))
    countPattern(context, inputOf(context, first))
  if (loss <= thresholdOf(context)) return false
  count(COUNTER_ANOMALIES + context)
  return true
}
