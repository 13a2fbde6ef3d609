import type { ContextName } from '../../core/contexts.js'
import { messageOf } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import type { Absent } from '../suite.js'
import type { BatchRunner } from './batched.js'
import { NativeNetwork } from './native.js'
import { onnxRuntime } from './onnxruntime.js'
import { INSTALL_COMMAND, requireRivals } from './packages.js'
import { tensorflow } from './tfjs.js'

/** Everything beside the kernel that runs the network of one context, and what is missing here. */
export interface Rivals {
  onnxruntime?: BatchRunner
  tensorflow?: BatchRunner
  native?: NativeNetwork
  /** The same with the float network's loops written out. */
  unrolled?: NativeNetwork
  absent: Absent[]
}

/** Starts what there is; a rival that does not start is named in `absent`. */
export async function startRivals(
  file: ModelFile,
  name: ContextName,
  patterns: Uint8Array,
  progress: (text: string) => void,
): Promise<Rivals> {
  const context = file.byContext.get(name)!
  const rivals: Rivals = { absent: [] }

  progress('compiling the network in C')
  const gcc = 'apt-get install gcc libc6-dev'
  await attempt(rivals, 'C (gcc)', gcc, async () => {
    rivals.native = await NativeNetwork.start(context, patterns)
    rivals.unrolled = await NativeNetwork.start(context, patterns, true)
  })
  const require = await attempt(rivals, 'onnxruntime-node and tfjs', INSTALL_COMMAND, () =>
    requireRivals(progress),
  )
  if (require === undefined) return rivals
  await attempt(rivals, 'onnxruntime-node', INSTALL_COMMAND, async () => {
    rivals.onnxruntime = await onnxRuntime(require, file, name)
  })
  await attempt(rivals, '@tensorflow/tfjs', INSTALL_COMMAND, async () => {
    rivals.tensorflow = await tensorflow(require, context)
  })
  return rivals
}

export async function stopRivals(rivals: Rivals): Promise<void> {
  await rivals.native?.close()
  await rivals.unrolled?.close()
  await rivals.onnxruntime?.close()
  await rivals.tensorflow?.close()
}

async function attempt<T>(
  { absent }: Rivals,
  rival: string,
  install: string,
  start: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await start()
  } catch (error) {
    absent.push({ rival, reason: messageOf(error), install })
    return undefined
  }
}
