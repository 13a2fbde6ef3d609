import { comparisons, findings } from '../lab/evaluate/compare.js'
import type { Evaluation, View } from '../lab/evaluate/evaluate.js'
import { number } from '../lab/evaluate/format.js'
import { DETECTORS, type DetectorName } from '../lab/evaluate/judge.js'
import type { ListedPattern } from '../lab/evaluate/lists.js'
import {
  attackTable,
  cleanTable,
  contextTable,
  inputTable,
  labelTable,
  notes,
  otherTable,
  patternTable,
  type Table,
} from '../lab/evaluate/tables.js'
import { textTable } from './text-table.js'

/** Lines of a list before the rest is only counted. */
const LISTED = 12

/** The evaluation as tables for a terminal, at most 110 columns wide where names are not longer than usual. */
export function evaluationText(evaluation: Evaluation): string {
  const whole = evaluation.views[0]!
  const { model } = evaluation.model
  return [
    `Model ${model.name} ${model.version}, id ${evaluation.model.id}`,
    textTable(inputTable(evaluation)),
    ...evaluation.views.map(viewText),
    `${textTable(contextTable(whole))}\n(false alarms of each, then misses of each)`,
    [...findings(whole), ...comparisons(whole)].join('\n'),
    ...listsText(whole, 'model'),
    ...listsText(whole, 'tunedRule'),
    evaluation.others.length > 0 ? textTable(otherTable(evaluation)) : '',
    notes(evaluation).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function viewText(view: View): string {
  const title = view.excluded === undefined ? '' : `, without captures under ${view.excluded}`
  return `All streams${title}\n\n${textTable(cleanTable(view))}\n\n${textTable(attackTable(view))}`
}

function listsText(view: View, detector: DetectorName): string[] {
  const result = view.detectors[detector]
  if (result === undefined) return []
  const labels = labelTable(result)
  const name = DETECTORS[detector]
  return [
    patternsText(`False alarms of the ${name}`, result.falseAlarms),
    labels.rows.length === 0 ? '' : `Labels that the ${name} missed\n\n${bounded(labels, 'labels')}`,
    patternsText(`Misses of the ${name}`, result.misses),
  ]
}

function patternsText(title: string, patterns: readonly ListedPattern[]): string {
  if (patterns.length === 0) return `${title}: none`
  const total = patterns.reduce((sum, entry) => sum + entry.count, 0)
  return `${title}: ${number(total)} streams, ${number(patterns.length)} patterns\n\n${bounded(patternTable(patterns), 'patterns')}`
}

function bounded(table: Table, what: string): string {
  const text = textTable({ ...table, rows: table.rows.slice(0, LISTED) })
  const more = table.rows.length - LISTED
  return more > 0 ? `${text}\n... and ${number(more)} more ${what} (--json and --html list all)` : text
}
