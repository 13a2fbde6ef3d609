import { stringify } from 'yaml'
import {
  CONFIG_SCHEMA,
  describeExpected,
  FIELDS,
  type FieldSchema,
} from '../../agent/configuration/fields.js'

/** Lines between which docs/configuration.md holds what `fieldReference` renders. */
export const REFERENCE_START = '<!-- fields: written by `npm run docs` from agent/config.schema.json -->'
export const REFERENCE_END = '<!-- end of fields -->'

/** Every field with description, values, default, unit and environment variable, as Markdown. */
export function fieldReference(): string {
  return FIELDS.map(
    ({ path, variable, schema }) => `### \`${path}\`

${schema.title}. ${schema.description}

- Value: ${describeExpected(schema).replaceAll('|', '\\|')}
- Default: \`${JSON.stringify(schema.default)}\`
- Environment: \`${variable}\`
- A change takes effect: ${schema['x-restart'] ? 'at the next start' : 'at once'}
- The fleet may set it: ${schema['x-fleet'] ? 'yes' : 'no'}
`,
  ).join('\n')
}

/** Every field with its default, as a commented YAML file. */
export function sampleFile(): string {
  const head = `# ${CONFIG_SCHEMA.title}. ${CONFIG_SCHEMA.description}
# Every setting stands here with its default, so this file changes nothing: keep the lines that you change.
# docs/configuration.md says more. Written by \`npm run docs\` from agent/config.schema.json.
`
  return head + section(CONFIG_SCHEMA, '')
}

function section(schema: FieldSchema, indent: string): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, child]) => {
      const comment = wrap(`${child.title}. ${child.description}`, indent)
      if (child.properties !== undefined)
        return `\n${comment}${indent}${name}:${section(child, `${indent}  `)}`
      const value = wrap(`Value: ${describeExpected(child)}.`, indent)
      const setting = stringify(
        { [name]: child.default },
        { collectionStyle: 'flow', flowCollectionPadding: false },
      ).slice(1, -2)
      return `\n${comment}${value}${indent}${setting}\n`
    })
    .join('')
}

function wrap(text: string, indent: string): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 96) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => `${indent}# ${line}\n`).join('')
}
