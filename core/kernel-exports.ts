/**
 * The functions that the scoring kernel exports (assembly/index.ts), and its exported constants by name.
 */
export interface KernelFunctions {
  memory: WebAssembly.Memory
  guardsIntact(): number
  reset(seedLow: number, seedHigh: number): void
  clearServerPorts(): void
  addServerPort(port: number): void
  loadModel(): number
  enableMemo(on: number): void
  reportEveryStream(on: number): void
  packet(linkType: number, length: number, timeMicroseconds: number): number
  score(context: number): number
  scoreBatch(context: number, count: number): void
  reconstruct(context: number): void
  recordCount(): number
  takeRecords(): void
  endFlowsBefore(timeMicroseconds: number, from: number): number
  beginStream(): void
  streamHeader(): number
  walk(length: number, untilMicroseconds: number): number
  heldTime(): number
  latestTime(): number
  inputSpace(): number
  inputSpaceLength(): number
  inputFault(): number
  inputFaultOffset(): number
  inputOffset(): number
  inputRest(): number
  keepFrames(mostBytes: number): void
  frameCount(): number
  frameIsHeld(number: number): number
  nextWatched(from: number): number
  watchFlow(): number
  removeWatch(mark: number): void
  enableCensus(on: number): void
  clearCensus(): void
  enableLosses(on: number): void
}

/** Every constant that the kernel exports, by its name in AssemblyScript. */
export type KernelConstants = Readonly<Record<string, number>>

/** Reads the constants of an instance. */
export function readConstants(exports: Record<string, unknown>): KernelConstants {
  const constants: Record<string, number> = {}
  for (const [name, value] of Object.entries(exports)) {
    if (value instanceof WebAssembly.Global) constants[name] = Number(value.value)
  }
  return constants
}

/** The constant of that name; a missing one means that the build is not of this version. */
export function constantOf(constants: KernelConstants, name: string): number {
  const value = constants[name]
  if (value === undefined) throw new Error(`the kernel does not export ${name}: run npm run build`)
  return value
}

/**
 * Names of the constants that start with `prefix`, by their number: `REASON_LATER_FRAGMENT` (9) gives `later-fragment`
 * at index 9. Constants that end in `_COUNT` or `_NONE` name no member.
 */
export function namesByNumber(constants: KernelConstants, prefix: string): string[] {
  const names: string[] = []
  for (const [name, number] of Object.entries(constants)) {
    if (!name.startsWith(prefix) || name.endsWith('_COUNT') || name.endsWith('_NONE')) continue
    names[number] = name.slice(prefix.length).toLowerCase().replaceAll('_', '-')
  }
  return names
}
