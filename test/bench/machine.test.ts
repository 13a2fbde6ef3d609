import t from 'tap'
import { describeMachine } from '../../bench/machine.js'

t.test('a machine is named by what figures depend on', async (t) => {
  const { processor, processors, vectors, system, node } = describeMachine()
  t.ok(processor !== '' && Number(processors) >= 1)
  t.equal(system, `${process.platform} ${process.arch}`)
  t.equal(node, process.version)
  const least = { 'linux x64': /^sse4_2( avx2)?/, 'linux arm64': /asimd/ }[String(system)] ?? /./
  t.match(vectors, least)
})
