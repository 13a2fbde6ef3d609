/** IR version that is written: ONNX 1.8, which every runtime of today reads. */
export const IR_VERSION = 7

/** Version of the standard operators that is written. */
export const OPSET = 13

/** Versions that are read: Clip takes its bounds as inputs since 11; what these operators do with f32 stayed the same. */
export const OPSETS = { lowest: 11, highest: 26 }

/** The standard operators that are written and read. */
export const OPERATORS = ['Gemm', 'Clip', 'Abs', 'Mul', 'Sub'] as const

/** The square nonlinearity is c - c|c|/4 of a sum clipped to -2 to 2. */
export const CLIP = 2
export const QUARTER = 0.25
