import { readFileSync } from 'node:fs'
import t from 'tap'
import type { ReportBody } from '../../../agent/report-body.js'
import { modelFactsOf } from '../../../agent/route/anomaly.js'
import { Router } from '../../../agent/route/router.js'
import { Scorer } from '../../../agent/score/scorer.js'
import { formatAddress } from '../../../core/addresses.js'
import { Kernel } from '../../../core/kernel.js'
import { encodeAnomalyReport } from '../../../core/messages.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'

/** What lab/captures/README.md says that each server spoke, and what the hint must find in either direction. */
const SPOKEN: [server: string, hints: RegExp[]][] = [
  ['198.51.100.22', [/^SSH banner/]],
  ['198.51.100.43', [/^TLS ClientHello/, /^TLS ServerHello/]],
  ['198.51.100.80', [/^HTTP request/, /^HTTP response/]],
  ['198.51.100.99', [/^printable text/]],
  ['198.51.100.94', [/^OpenVPN session start/]],
]

t.test('the recorded programs, through the kernel and the router', async (t) => {
  const kernel = await Kernel.load()
  kernel.setServerPorts([53])
  const template = randomModel({ seed: 1 })
  // A threshold that everything exceeds: this is about what happens to records, not about which there are.
  for (const context of template.contexts!) context.threshold = 1e-6
  const model = encodeModelFile(template)
  kernel.loadModel(model)

  const bodies: ReportBody[] = []
  const limits = { windowSeconds: 10, capPerMinute: 1000, examples: 3, maximumFlows: 4096, payloadBytes: 64 }
  const router = new Router(limits, modelFactsOf(model), (body) => bodies.push(body))
  const scorer = new Scorer(kernel, (record) => router.route(record))
  const capture = readFileSync('lab/captures/demo.pcap')
  for (let offset = 0; offset < capture.length; ) {
    const space = scorer.chunkSpace()
    const length = capture.copy(space, 0, offset)
    scorer.chunk(length)
    offset += length
  }
  scorer.end()
  scorer.flushStreams()
  router.close()

  const counters = router.counters()
  t.ok(counters.recordsIn > 50)
  t.equal(counters.recordsIn, counters.publishedStreams, 'nothing is lost')
  const anomalies = bodies.flatMap((body) => ('anomaly' in body ? [body.anomaly] : []))
  t.equal(anomalies.length, bodies.length)
  for (const [server, hints] of SPOKEN) {
    const found = anomalies
      .filter(({ flow }) => formatAddress(flow!.serverAddress!) === server)
      .map(({ triageHint }) => triageHint ?? '')
    for (const hint of hints)
      t.ok(
        found.some((text) => hint.test(text)),
        `${server}: ${hint} in ${found}`,
      )
  }
  t.doesNotThrow(() => {
    for (const anomaly of anomalies) {
      const header = {
        schemaVersion: 1,
        site: 's',
        node: 'n',
        bootId: '00000000-0000-4000-8000-000000000000',
      }
      encodeAnomalyReport({ header, eventId: '00000000-0000-4000-8000-000000000001', anomaly })
    }
  }, 'every receiver accepts every alert')
})
