/** A ratio that the project answers for: how many times as much our side does in the same time. */
export interface RatioTarget {
  /** At least this. */
  target: number
  /** Ours, then the rival. */
  about: string
}

/** Higher is better for us. Targets are never moved; a ratio that misses its target says so. */
export const RATIOS = {
  single_vs_onnxruntime: { target: 100, about: 'one score a call, onnxruntime-node at batch 1' },
  batch_vs_onnxruntime: { target: 2, about: 'scores in batches, onnxruntime-node at its best batch' },
  batch_vs_onnxruntime_unpacked: { target: 3, about: 'the same from bytes: it unpacks bits to floats first' },
  int16_vs_c_float: { target: 1.5, about: 'SIMD kernel, C float -O3 -march=native -ffast-math with table' },
  int16_vs_c_int16: { target: 0.5, about: 'SIMD kernel, native int16 C' },
  scalar_vs_js: { target: 3, about: 'scalar kernel, tuned JavaScript' },
  path_vs_tcpdump_memo: { target: 2, about: 'packets per CPU-second with memo, tcpdump -w /dev/null' },
  path_vs_tcpdump: { target: 1, about: 'packets per CPU-second without memo, tcpdump -w /dev/null' },
  path_vs_ndpi_memo: { target: 25, about: 'packets per CPU-second with memo, ndpiReader -q' },
  path_vs_ndpi: { target: 10, about: 'packets per CPU-second without memo, ndpiReader -q' },
} as const satisfies Record<string, RatioTarget>

export type RatioName = keyof typeof RATIOS

/** A figure that the project answers for. */
export interface FigureTarget {
  /** At most this. */
  most: number
  about: string
}

/** Lower is better for us. Targets are never moved. A growth is how many times as much a packet costs. */
export const FIGURE_TARGETS: Readonly<Record<string, FigureTarget>> = {
  cost_growth_packets: { most: 1.3, about: 'cost of a packet of 10 million, to one of 10 thousand' },
  cost_growth_flows: { most: 2, about: 'cost of a packet in a million flows, to one in a thousand' },
}
