import { contextName } from '../../../core/contexts.js'
import { comparisons, findings } from '../compare.js'
import type { Evaluation, View } from '../evaluate.js'
import { lossText, number } from '../format.js'
import { DETECTOR_NAMES, DETECTORS, type DetectorName } from '../judge.js'
import {
  attackTable,
  cleanTable,
  contextTable,
  inputTable,
  labelTable,
  notes,
  otherTable,
  patternTable,
} from '../tables.js'
import { type Mark, precisionChart, rocChart } from './curve-chart.js'
import { heatMap } from './heat-map.js'
import { histogramChart } from './histogram-chart.js'
import { escapeHtml, htmlTable } from './html.js'
import { reliabilityChart } from './reliability-chart.js'
import { STYLE } from './style.js'

/** The whole evaluation as one page of HTML that needs nothing else: no scripts, fonts or pictures from elsewhere. */
export function reportPage(evaluation: Evaluation): string {
  const { model } = evaluation.model
  const title = `Evaluation of model ${model.name} ${model.version}`
  const whole = evaluation.views[0]!
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${section('What was evaluated', inputs(evaluation))}
${evaluation.views.map(viewSection).join('\n')}
${section('By context', `<p>False alarms of each detector, then misses of each.</p>${htmlTable(contextTable(whole))}`)}
${section('The model, and the others beside it', list([...findings(whole), ...comparisons(whole)]))}
${section('Losses by class', histograms(evaluation))}
${section('Where the threshold could lie', curves(evaluation))}
${section('Confidence', reliability(evaluation))}
${section('False alarms and misses', lists(whole))}
${evaluation.others.length > 0 ? section('Neither clean nor attack', htmlTable(otherTable(evaluation))) : ''}
${section('Bit by bit', examples(evaluation))}
${section('What the words mean', list(notes(evaluation)))}
</main>
</body>
</html>
`
}

function section(title: string, content: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`
}

function list(lines: readonly string[]): string {
  return `<ul>${lines.map((one) => `<li>${escapeHtml(one)}</li>`).join('\n')}</ul>`
}

function inputs(evaluation: Evaluation): string {
  const { model, toolVersion, ndpi } = evaluation
  const thresholds = model.model.contexts.map(
    (entry) => `${contextName(entry.context)} ${entry.threshold!.toFixed(6)}`,
  )
  const digests = evaluation.inputs.map(({ file, sha256 }) => [file, sha256])
  return [
    list([
      `model id ${model.id}`,
      `thresholds: ${thresholds.join(', ')}`,
      `firsteight ${toolVersion}, Node ${process.versions.node}, nDPI ${ndpi.version ?? 'not installed'}`,
    ]),
    htmlTable(inputTable(evaluation)),
    htmlTable({ heading: ['file', 'SHA-256'], rows: digests, left: [0, 1] }),
    '<p>Short streams ended before their eighth byte, midstream ones were joined after their start: neither is judged.</p>',
  ].join('\n')
}

function viewSection(view: View): string {
  const title = view.excluded === undefined ? 'All streams' : `Without captures under ${view.excluded}`
  return section(title, `${htmlTable(cleanTable(view))}\n${htmlTable(attackTable(view))}`)
}

function histograms({ histograms: all }: Evaluation): string {
  return `<p><b class="clean">Clean</b> and <b class="attack">attack</b> streams by the model's loss, both axes logarithmic.</p>
<div class="charts">${all.map(histogramChart).join('\n')}</div>`
}

function curves({ views }: Evaluation): string {
  const charts = views.flatMap((view) => {
    const { overall, contexts } = view.curves
    if (overall === undefined) return []
    const where = view.excluded === undefined ? 'all streams' : `without ${view.excluded}`
    const area = `area ${overall.area.toFixed(4)} (${overall.areaBand.map((end) => end.toFixed(4)).join('-')})`
    const whole = [
      rocChart(`ROC, ${where}: ${area}`, overall.roc, rocMarks(view)),
      precisionChart(`Precision and recall, ${where}`, overall.precisionRecall, precisionMarks(view)),
    ]
    if (view.excluded !== undefined) return whole
    return [
      ...whole,
      ...Object.entries(contexts).map(([context, own]) => rocChart(`ROC, ${context}`, own.roc, [])),
    ]
  })
  return `<p>Streams in order of loss as a multiple of their context's threshold. The bands hold the middle 95% of 200 drawings of whole captures.
Precision depends on how many attack streams there are for each clean one: here, not in your network.</p>
<div class="charts">${charts.join('\n')}</div>`
}

function rocMarks(view: View): Mark[] {
  return DETECTOR_NAMES.flatMap((name) => {
    const figures = view.detectors[name]?.figures
    if (figures === undefined) return []
    const { falseAlarmShare, foundShare } = figures
    return [{ name: markName(name), x: falseAlarmShare.value, y: foundShare.value }]
  })
}

function precisionMarks(view: View): Mark[] {
  return DETECTOR_NAMES.flatMap((name) => {
    const figures = view.detectors[name]?.figures
    if (figures === undefined) return []
    const found = figures.attackStreams - figures.missed
    const flagged = found + figures.falseAlarms
    return [{ name: markName(name), x: figures.foundShare.value, y: flagged === 0 ? 1 : found / flagged }]
  })
}

function markName(name: DetectorName): string {
  return name === 'model' ? 'model at its threshold' : DETECTORS[name]
}

function reliability({ reliability: own }: Evaluation): string {
  if (own === undefined)
    return '<p>This model states no confidence: every alert goes to review, and none escalates.</p>'
  return `<p>Streams by stated confidence, with their number. At this data's mixture of classes.</p><div class="charts">${reliabilityChart(own)}</div>`
}

function lists(view: View): string {
  return DETECTOR_NAMES.flatMap((name) => {
    const result = view.detectors[name]
    if (result === undefined) return []
    const { falseAlarms, misses, figures } = result
    const head = `${DETECTORS[name]}: ${number(figures.falseAlarms)} false alarms, ${number(figures.missed)} misses`
    const parts = [
      falseAlarms.length > 0 ? `<h3>False alarms</h3>${htmlTable(patternTable(falseAlarms))}` : '',
      misses.length > 0
        ? `<h3>Labels missed</h3>${htmlTable(labelTable(result))}<h3>Patterns missed</h3>${htmlTable(patternTable(misses))}`
        : '',
    ]
    return [
      `<details${name === 'model' ? ' open' : ''}><summary>${escapeHtml(head)}</summary>${parts.join('')}</details>`,
    ]
  }).join('\n')
}

function examples({ examples: all }: Evaluation): string {
  const figures = all.map(
    (example) =>
      `<figure><figcaption>${escapeHtml(example.context)}, ${escapeHtml(example.title)}: loss ${lossText(example.loss)}, ${example.flagged ? 'flagged' : 'passes'}</figcaption>${heatMap(example)}</figure>`,
  )
  return `<p>Dark is 1. Framed: the reconstruction's sign differs from the input where the bit has weight. Faded: bits without weight.</p>
${figures.join('\n')}`
}
