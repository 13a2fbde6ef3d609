import type { Command } from 'commander'
import { readModelFile } from '../../core/model-file.js'
import { addExamples } from '../help.js'
import { modelCard } from '../model-card/card.js'
import { cardFacts } from '../model-card/facts.js'
import { createOutput } from '../output.js'

/** Adds `inspect`. */
export function registerInspect(program: Command): void {
  const command = program
    .command('inspect')
    .description('print the model card: identity, data, figures, limits, how to validate an alert')
    .argument('<model>', 'model file')
    .option('--json', "print the model file's own facts as one JSON line")
    .action(async (path: string, flags: { json?: true }) => {
      const file = await readModelFile(path)
      createOutput({ json: flags.json }).summary(cardFacts(file), await modelCard(file))
    })
  addExamples(
    command,
    [
      ['firsteight inspect models/default.model', 'the card of the default model, as in docs/models'],
      ['firsteight inspect site.model --json', 'its facts for programs'],
    ],
    ['MODEL'],
  )
}
