import { CONTEXT_NAMES, contextNumber } from '../../core/contexts.js'
import type { Kernel } from '../../core/kernel.js'
import { encodeModelFile } from '../../core/model-file.js'
import type { firsteight } from '../../generated/messages.js'

/** A context's network without its threshold. */
export type Network = Pick<firsteight.v1.ContextModel.$Properties, 'inputMask' | 'layers' | 'lossWeights'>

/**
 * The losses that the scoring kernel gives with this network: the integer arithmetic that is deployed, not the
 * training kernel's.
 */
export function deployedLosses(kernel: Kernel, network: Network, patterns: readonly Uint8Array[]): number[] {
  // The kernel takes whole models, so all contexts get the one network.
  kernel.loadModel(
    encodeModelFile({
      schemaVersion: 1,
      name: 'in training',
      version: 1,
      contexts: CONTEXT_NAMES.map((name) => ({ ...network, context: contextNumber(name), threshold: 1 })),
    }),
  )
  return patterns.map((pattern) => kernel.score(CONTEXT_NAMES[0], pattern).loss)
}
