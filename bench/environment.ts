/** Variables that have Node do more at its start than it does on an appliance, such as parse a hundred certificates. */
const OF_NODE = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE']

/** The environment that measured programs get: this process's, without what is set for other purposes on this machine. */
export function programEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, ...more }
  for (const name of OF_NODE) delete environment[name]
  return environment
}
