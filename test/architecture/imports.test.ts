import t from 'tap'
import {
  findCycles,
  findImportFaults,
  findProcessExits,
  importsOf,
  isTypesOnly,
  readSources,
} from '../support/imports.js'

const house = readSources()

t.test('the house: imports run one way, no cycles, one place ends the process', async (t) => {
  t.ok(house.size > 60, 'sources were found')
  t.ok(house.has('assembly/wire/udp.ts'))
  t.same(findImportFaults(house), [])
  t.same(findCycles(house), [])
  t.same(findProcessExits(house), [])
})

t.test('only the lab and the benchmarks, which sensors never load, know ONNX', async (t) => {
  const importers = [...house].filter(([path, text]) => importsOf(path, text).includes('generated/onnx.ts'))
  t.ok(importers.length > 0)
  t.same(
    importers.map(([path]) => path).filter((path) => !/^((lab|test\/lab)\/onnx|bench\/rivals)\//.test(path)),
    [],
  )
})

function faultsOf(files: Record<string, string>): string[] {
  return findImportFaults(new Map(Object.entries(files)))
}

t.test('the checker reads every kind of import', async (t) => {
  const text = `
    import t from 'tap'
    import { a } from '../core/a.js'
    import type { B } from './b.js'
    export { c } from './c.js'
    export * from '../lab/d.js'
    const e = await import('./sub/e.js')
    // import { f } from './f.js'
  `
  t.same(importsOf('agent/x.ts', text), [
    'core/a.ts',
    'agent/b.ts',
    'agent/c.ts',
    'lab/d.ts',
    'agent/sub/e.ts',
  ])
  t.same(importsOf('assembly/flow/table.ts', `import { LOAD } from '../memory'`), ['assembly/memory.ts'])
})

t.test('the checker finds parts that must not meet', async (t) => {
  const forbidden = [
    ['agent/a.ts', '../lab/x.js'],
    ['lab/a.ts', '../agent/x.js'],
    ['core/a.ts', '../agent/x.js'],
    ['core/a.ts', '../cli/x.js'],
    ['agent/link/a.ts', '../../cli/x.js'],
    ['agent/a.ts', '../test/support/x.js'],
    ['cli/a.ts', '../bench/x.js'],
    ['agent/a.ts', '../assembly/memory.js'],
  ] as const
  for (const [path, specifier] of forbidden) {
    t.equal(faultsOf({ [path]: `import { x } from '${specifier}'` }).length, 1, `${path} -> ${specifier}`)
    t.equal(faultsOf({ [path]: `import type { X } from '${specifier}'` }).length, 1, 'types too')
  }
  const allowed = [
    ['cli/commands/a.ts', '../../agent/agent.js'],
    ['cli/a.ts', '../lab/x.js'],
    ['lab/a.ts', '../core/x.js'],
    ['core/a.ts', '../generated/messages.js'],
    ['test/core/a.test.ts', '../../core/a.js'],
  ] as const
  for (const [path, specifier] of allowed) {
    t.same(faultsOf({ [path]: `import { x } from '${specifier}'` }), [], `${path} -> ${specifier}`)
  }
})

t.test('the checker keeps the agent folders apart', async (t) => {
  const files = {
    'agent/capture/source.ts': 'export interface Source { run(): void }',
    'agent/capture/live.ts': 'export class Live {}',
    'agent/config.ts': 'export const DEFAULTS = 1',
  }
  const fault = (path: string, text: string) => faultsOf({ ...files, [path]: text }).length
  t.equal(fault('agent/score/a.ts', `import type { Source } from '../capture/source.js'`), 0)
  t.equal(fault('agent/score/a.ts', `import type { Live } from '../capture/live.js'`), 1)
  t.equal(fault('agent/capture/a.ts', `import { Live } from './live.js'`), 0)
  t.equal(fault('agent/score/a.ts', `import { DEFAULTS } from '../config.js'`), 0)
  t.equal(fault('agent/door.ts', `import { Live } from './capture/live.js'`), 0)
  t.equal(fault('agent/door.ts', `import { Live } from './capture/live.js'; import './score/a.js'`), 2)
  t.equal(fault('agent/agent.ts', `import { Live } from './capture/live.js'`), 0)
  t.equal(fault('agent/score/a.ts', `import { Agent } from '../agent.js'`), 1)
})

t.test('the checker holds the levels of the kernel', async (t) => {
  const fault = (path: string, specifier: string) =>
    faultsOf({ [path]: `import { x } from '${specifier}'` }).length
  t.equal(fault('assembly/index.ts', './pcap/pcap'), 0)
  t.equal(fault('assembly/pcap/pcap.ts', '../wire/ethernet'), 0)
  t.equal(fault('assembly/flow/table.ts', '../wire/ip'), 0)
  t.equal(fault('assembly/wire/udp.ts', '../memory'), 0)
  t.equal(fault('assembly/counters.ts', './errors'), 0)
  t.equal(fault('assembly/memory.ts', './wire/udp'), 1)
  t.equal(fault('assembly/wire/udp.ts', '../flow/table'), 1)
  t.equal(fault('assembly/model/dense.ts', '../flow/table'), 0)
  t.equal(fault('assembly/flow/table.ts', '../index'), 1)
  t.equal(fault('assembly/features/bits.ts', '../model/dense'), 1)
  t.equal(fault('assembly/features/bits.ts', '../flow/table'), 1)
  t.equal(fault('assembly/pipeline/udp.ts', '../pcap/pcap'), 1)
  t.equal(fault('assembly/train/index.ts', '../model/dense'), 1)
  t.equal(fault('assembly/index.ts', './train/adam'), 1)
  t.equal(fault('assembly/index.ts', './new/x'), 1)
})

t.test('the checker tells types from code', async (t) => {
  t.ok(isTypesOnly(`import type { A } from './a.js'\nexport interface B { a: A }\nexport type C = B | 'c'`))
  t.notOk(isTypesOnly('export interface B {}\nexport const c = 1'))
  t.notOk(isTypesOnly('export enum E { A }'))
  t.notOk(isTypesOnly('export class A {}'))
})

t.test('the checker finds cycles', async (t) => {
  const cyclic = new Map([
    ['core/a.ts', `import './b.js'`],
    ['core/b.ts', `import './c.js'`],
    ['core/c.ts', `import type { A } from './a.js'`],
    ['core/d.ts', `import './a.js'`],
  ])
  t.same(findCycles(cyclic), ['core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts'])
  cyclic.set('core/c.ts', '')
  t.same(findCycles(cyclic), [])
})

t.test('the checker finds what ends the process, in code only', async (t) => {
  const exits = (path: string, text: string) => findProcessExits(new Map([[path, text]]))
  t.same(exits('agent/a.ts', '\nprocess.exit(1)'), ['agent/a.ts:2 ends the process'])
  t.equal(exits('cli/a.ts', 'process.exitCode = 2').length, 1)
  t.equal(exits('lab/a.ts', 'const end = process.exit').length, 1)
  t.same(exits('core/a.ts', `// process.exit(1)\nconst s = 'process.exit(1)'; process.exitOther`), [])
  t.same(exits('cli/main.ts', 'process.exit(0)'), [])
})
