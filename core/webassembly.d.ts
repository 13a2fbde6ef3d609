/** What this project uses of Node's WebAssembly; TypeScript's library knows it only together with the browser's types. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer
  }
  class Global {
    value: number
  }
  class Module {}
  class Instance {
    readonly exports: Record<string, unknown>
  }
  function validate(bytes: Uint8Array): boolean
  function instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: Instance; module: Module }>
}
