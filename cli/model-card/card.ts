import { readFile } from 'node:fs/promises'
import type { ModelFile } from '../../core/model-file.js'
import { packageFile } from '../../core/package-files.js'
import { type ProgramFacts, programsOf } from '../../lab/census/known-programs.js'
import { cardFacts } from './facts.js'
import { cardMarkdown } from './markdown.js'

/** Shipped with firsteight: the parts of every model card that people wrote. */
const GUIDE = packageFile('docs/models/guide.md')

/** The whole model card as Markdown; docs/models/ holds that of the default model. */
export async function modelCard(file: ModelFile): Promise<string> {
  const facts = cardFacts(file)
  const programs = new Map<string, readonly ProgramFacts[]>()
  for (const { sha256 } of facts.provenance.sources) {
    const known = await programsOf(sha256)
    if (known) programs.set(sha256, known)
  }
  return cardMarkdown(facts, { programs, guide: await readFile(GUIDE, 'utf8') })
}
