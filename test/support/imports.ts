import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import ts from 'typescript'

/** Source text by path from the project's root, with forward slashes. */
export type Sources = Map<string, string>

/** Parts of the project, and the parts that each may import beside itself. Built WASM is read as a file, not imported. */
const PARTS: Record<string, readonly string[]> = {
  generated: [],
  core: ['generated'],
  agent: ['core', 'generated'],
  lab: ['core', 'generated'],
  cli: ['agent', 'lab', 'core', 'generated'],
  bench: ['agent', 'lab', 'core', 'generated'],
  test: ['bench', 'cli', 'agent', 'lab', 'core', 'generated'],
  assembly: [],
}

/** Levels of the kernel's folders: a file imports from its own folder or from a lower level. All may use ASSEMBLY_FOUNDATIONS. */
const ASSEMBLY_LEVELS: Record<string, number> = {
  index: 5,
  pcap: 4,
  pipeline: 3,
  records: 2,
  model: 2,
  evidence: 1,
  features: 1,
  flow: 1,
  telemetry: 1,
  wire: 0,
}

const ASSEMBLY_FOUNDATIONS = ['memory', 'errors', 'counters']

const COMPOSITION_ROOT = 'agent/agent.ts'

/** Every `.ts` file of the project's parts, declarations excepted. */
export function readSources(root = '.'): Sources {
  const sources: Sources = new Map()
  for (const part of Object.keys(PARTS)) {
    if (part === 'generated') continue
    for (const path of readdirSync(`${root}/${part}`, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts') || path.endsWith('.d.ts')) continue
      const name = `${part}/${path}`
      sources.set(name, readFileSync(`${root}/${name}`, 'utf8'))
    }
  }
  return sources
}

/** Paths, from the project's root and ending in `.ts`, that a file imports, re-exports or loads by `import()`. Packages are left out. */
export function importsOf(path: string, text: string): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(path), name).replace(/(\.js|\.ts)?$/, '.ts'))
}

/** Every breach of the import direction, one sentence each; empty when the house is in order. */
export function findImportFaults(sources: Sources): string[] {
  const faults: string[] = []
  for (const [path, text] of sources) {
    for (const target of importsOf(path, text)) {
      const reason = whyForbidden(path, target, sources)
      if (reason) faults.push(`${path} imports ${target}: ${reason}`)
    }
  }
  return faults
}

function whyForbidden(path: string, target: string, sources: Sources): string | undefined {
  const [part = '', ...rest] = path.split('/')
  const [targetPart = '', ...targetRest] = target.split('/')
  if (targetPart !== part) {
    return PARTS[part]?.includes(targetPart) ? undefined : `${part} may not import ${targetPart}`
  }
  if (part === 'assembly') return whyForbiddenInAssembly(rest, targetRest)
  if (part === 'agent' && path !== COMPOSITION_ROOT) {
    if (target === COMPOSITION_ROOT) return 'only the command line and tests compose an agent'
    if (rest.length === 1) return whyForbiddenAtDoor(path, targetRest, sources)
    const ofSiblingFolder = targetRest.length > 1 && targetRest[0] !== rest[0]
    if (ofSiblingFolder && !isTypesOnly(sources.get(target) ?? '')) {
      return 'agent folders know only interfaces of their siblings'
    }
  }
  return undefined
}

/** A file beside the folders, such as `agent/config.ts`, is the door of one folder at most. */
function whyForbiddenAtDoor(path: string, targetRest: string[], sources: Sources): string | undefined {
  if (targetRest.length === 1) return undefined
  const folders = importsOf(path, sources.get(path) ?? '').map((name) =>
    name.split('/').slice(0, -1).join('/'),
  )
  const entered = new Set(folders.filter((folder) => folder.startsWith('agent/')))
  return entered.size > 1 ? `only ${COMPOSITION_ROOT} brings folders together` : undefined
}

function whyForbiddenInAssembly(rest: string[], targetRest: string[]): string | undefined {
  const folder = rest[0]!.replace(/\.ts$/, '')
  const targetFolder = targetRest[0]!.replace(/\.ts$/, '')
  if (folder === targetFolder || ASSEMBLY_FOUNDATIONS.includes(targetFolder)) return undefined
  if (folder === 'train' || targetFolder === 'train') return 'the training kernel stands apart'
  const level = ASSEMBLY_LEVELS[folder]
  const targetLevel = ASSEMBLY_LEVELS[targetFolder]
  if (level === undefined || targetLevel === undefined) return 'a folder without a level'
  return level > targetLevel ? undefined : `${folder} stands below or beside ${targetFolder}`
}

/** True when nothing of the file is left at run time: it holds types and interfaces only. */
export function isTypesOnly(text: string): boolean {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
  })
  return outputText.replace(/export \{\s*\};?/, '').trim() === ''
}

/** Import cycles, each as `a -> b -> a`. Files that import only types of each other count too. */
export function findCycles(sources: Sources): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: string[]) => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      cycles.push([...trail.slice(at), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const target of importsOf(path, sources.get(path) ?? '')) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return cycles
}

/** Uses of `process.exit` and `process.exitCode` in code (not in comments or strings) outside `cli/main.ts`. */
export function findProcessExits(sources: Sources): string[] {
  const faults: string[] = []
  for (const [path, text] of sources) {
    if (path === 'cli/main.ts' || !/^(core|agent|lab|cli)\//.test(path)) continue
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022)
    const visit = (node: ts.Node) => {
      if (ts.isPropertyAccessExpression(node) && /^process\.exit(Code)?$/.test(node.getText(file))) {
        faults.push(
          `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1} ends the process`,
        )
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
  }
  return faults
}
