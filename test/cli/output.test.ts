import { PassThrough } from 'node:stream'
import t from 'tap'
import { createOutput } from '../../cli/output.js'

function collect(json: boolean) {
  const stream = new PassThrough()
  return { output: createOutput({ json, stream }), text: () => stream.read()?.toString() ?? '' }
}

t.test('JSON: one object a line, the summary last', async (t) => {
  const { output, text } = collect(true)
  output.line({ a: 1, big: 12n, bytes: Uint8Array.of(0, 255), buffer: Buffer.from('hi') }, 'human')
  output.summary({ streams: 3 }, 'three streams')
  t.equal(text(), '{"a":1,"big":"12","bytes":"00ff","buffer":"6869"}\n{"summary":{"streams":3}}\n')
})

t.test('people: texts only, each ending in one newline, empty ones left out', async (t) => {
  const { output, text } = collect(false)
  output.line({ a: 1 }, 'first')
  output.line({ a: 2 }, '')
  output.summary({ streams: 3 }, 'three streams\n')
  t.equal(text(), 'first\nthree streams\n')
})
