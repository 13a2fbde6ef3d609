import type { JudgedStream } from '../../lab/evaluate/judge.js'

/** A judged stream for tests of counting: a clean UDP query with loss 0.1 of threshold 1 unless told otherwise. */
export function judgedStream(
  parts: Partial<Omit<JudgedStream, 'score' | 'flagged'>> & {
    score?: Partial<JudgedStream['score']>
    flagged?: Partial<JudgedStream['flagged']>
  } = {},
): JudgedStream {
  const loss = parts.score?.loss ?? 0.1
  const flagged = loss > 1
  return {
    context: 'udp-query',
    firstEight: '0000010000010000',
    length: 40,
    label: 'DNS',
    capture: 'a.pcap',
    flow: 'udp a.pcap DNS',
    count: 1,
    streamClass: 'clean',
    escalated: parts.score?.sure === true && parts.flagged?.looseRule === true,
    ...parts,
    score: {
      pattern: '0000010000010000',
      loss,
      threshold: 1,
      flagged,
      confidence: undefined,
      sure: false,
      ...parts.score,
    },
    flagged: {
      model: flagged,
      looseRule: false,
      tunedRule: false,
      nDPI: undefined,
      nDPIByContent: undefined,
      ...parts.flagged,
    },
  }
}
