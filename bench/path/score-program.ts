import { FileSource } from '../../agent/capture/file.js'
import { Scorer } from '../../agent/score/scorer.js'
import { Kernel } from '../../core/kernel.js'
import { readModelFile } from '../../core/model-file.js'

/**
 * `node score-program.js CAPTURE MODEL [no-memo]`: what `firsteight score` does with a capture file, without a command
 * line around it: reads, decodes, scores, takes the records; then prints the counters as JSON.
 */
const [capture = '', model = '', noMemo] = process.argv.slice(2)
const kernel = await Kernel.load({ seed: 1 })
kernel.loadModel(await readModelFile(model))
kernel.setServerPorts([53])
if (noMemo !== undefined) kernel.functions.enableMemo(0)
const scorer = new Scorer(kernel, () => {})
await new FileSource(capture).run(scorer)
scorer.flushStreams()
console.log(JSON.stringify(scorer.counters()))
