import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { encodeModelFile, readModelFile } from '../../../core/model-file.js'
import { evaluate } from '../../../lab/evaluate/evaluate.js'
import { assuredModel } from '../../support/assured-model.js'
import { randomModel } from '../../support/random-model.js'
import { writeStreamTable } from '../../support/stream-table.js'

const folder = mkdtempSync(join(tmpdir(), 'firsteight-evaluate-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const clean = [
  writeStreamTable(
    join(folder, 'clean.tsv'),
    'udp c2s 86ed010000010000 32 DNS a.pcap 9 first',
    'udp c2s 86edffffffffffff 32 DNS a.pcap 1 first',
  ),
]
const attack = [
  writeStreamTable(
    join(folder, 'attack.tsv'),
    'udp c2s 474554202f204854 50 HTTP d.pcap 4 first',
    'udp c2s 4321010000010000 50 NetBIOS-NS d.pcap 2 first',
    'tcp c2s 1603010200010001 900 TLS d.pcap 6 syn:517',
    'tcp c2s 1603010200010001 5637 TLS e.pcap 3 syn:517',
  ),
]
const files = { clean, attack, other: [], excludeCaptures: [] }

t.test('an open gate and a sure model escalate; where the loose rule alone objects, not', async (t) => {
  const { views, reliability } = await evaluate(await assuredModel(1e-3), files)
  t.match(views[0]!.detectors.model!.figures, {
    cleanStreams: 10,
    falseAlarms: 1,
    falseEscalations: 1,
    attackStreams: 15,
    missed: 2,
    missedSameAsClean: 2,
    escalated: 10,
  })
  t.equal(views[0]!.detectors.looseRule!.figures.missed, 11, 'it takes this ClientHello for DNS')
  t.equal(
    reliability!.points.reduce((sum, point) => sum + point.streams, 0),
    25,
  )
  t.equal(views[0]!.detectors.model!.falseAlarms[0]!.confidence, 1)
})

t.test('a less sure model escalates nothing, and one without confidence has no reliability', async (t) => {
  const unsure = await evaluate(await assuredModel(60), files)
  t.match(unsure.views[0]!.detectors.model!.figures, { falseAlarms: 1, falseEscalations: 0, escalated: 0 })
  const plain = await evaluate(encodeModelFile(randomModel({ seed: 1 })), files)
  t.equal(plain.reliability, undefined)
  t.equal(plain.views[0]!.detectors.model!.figures.escalated, 0)
})

t.test('equal inputs, equal results', async (t) => {
  const model = await readModelFile(DEFAULT_MODEL_PATH)
  t.same(await evaluate(model, files), await evaluate(model, files))
})
