import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { evaluate } from '../../../../lab/evaluate/evaluate.js'
import { reportPage } from '../../../../lab/evaluate/report/page.js'
import { assuredModel } from '../../../support/assured-model.js'
import { foreignParts, htmlFaults } from '../../../support/html.js'
import { writeStreamTable } from '../../../support/stream-table.js'

const folder = mkdtempSync(join(tmpdir(), 'firsteight-page-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const HOSTILE = `<script>alert('x&y')</script>`

t.test('a whole page: well-formed, self-contained, hostile names shown as text', async (t) => {
  const clean = writeStreamTable(
    join(folder, 'clean.tsv'),
    'udp c2s 86ed010000010000 32 DNS big/a.pcap 9 first',
    'udp c2s 86edffffffffffff 32 DNS big/a.pcap 1 first',
    'udp s2c 86ed818000010001 60 DNS b.pcap 1 first',
  )
  const attack = writeStreamTable(
    join(folder, 'attack.tsv'),
    `udp c2s 474554202f204854 50 ${HOSTILE} d.pcap 4 first`,
    `udp c2s 4321010000010000 50 ${HOSTILE} "d".pcap 2 first`,
    'udp s2c 474554202f204854 50 HTTP d.pcap 4 first',
  )
  const evaluation = await evaluate(await assuredModel(0.1), {
    clean: [clean],
    attack: [attack],
    other: [],
    excludeCaptures: [],
  })
  const page = reportPage(evaluation)
  t.same(htmlFaults(page), [])
  t.same(foreignParts(page), [])
  t.match(page, '&lt;script&gt;alert(&#39;x&amp;y&#39;)&lt;/script&gt;')
  t.notMatch(page, /NaN|undefined|Infinity|\[object/)
  t.match(page, evaluation.model.id)
  for (const { sha256 } of evaluation.inputs) t.match(page, sha256)
  t.match(page, 'Without captures under big')
  const titles = [...page.matchAll(/class="title">([^<]*)</g)].map(([, title]) => title)
  for (const title of ['udp-query', 'udp-response', 'ROC, udp-query', 'Precision and recall, all streams']) {
    t.ok(titles.includes(title), title)
  }
  t.ok(titles.some((title) => title!.startsWith('Reliability, Brier score')))
  t.match(page, '86edffffffffffff', 'the false alarm')
  t.match(page, '4321010000010000', 'the miss')
  t.equal(reportPage(evaluation), page)
})

t.test('the checks of this test see faults', async (t) => {
  const good = '<!DOCTYPE html>\n<html lang="en"><body><p class="a">1 &lt; 2</p></body></html>\n'
  t.same(htmlFaults(good), [])
  t.ok(htmlFaults(good.replace('</p>', '')).length > 0)
  t.ok(htmlFaults(good.replace('&lt;', '<')).length > 0)
  t.ok(htmlFaults(good.replace('&lt;', '&')).length > 0)
  t.same(foreignParts(good), [])
  t.same(foreignParts('<img src="x">'), ['<img', 'src='])
  t.same(foreignParts('<p onclick="x">'), ['onclick='])
})
