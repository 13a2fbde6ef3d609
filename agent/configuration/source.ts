/** One place that settings come from. Later sources override earlier ones. */
export interface SettingsSource {
  /** Nested like the configuration, holding only what this source sets. */
  values: Record<string, unknown>
  /** Names where the value at this path was set, for messages: `agent.yaml:3:5`, `environment variable X`, `flag --y`. */
  locate(path: readonly string[]): string
}

/** One thing wrong with one setting. */
export interface ConfigProblem {
  /** Where it was set. */
  source: string
  /** Dotted path of the field; empty for the whole file. */
  path: string
  expected: string
  found: string
}
