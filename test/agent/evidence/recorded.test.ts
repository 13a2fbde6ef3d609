import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { EmbeddedBroker } from '../../../cli/embedded-broker.js'
import { formatTrustFile } from '../../../core/signature/trusted-keys.js'
import { firsteight, jsonLines } from '../../support/command-line.js'
import { requires } from '../../support/requires.js'
import { testKey, trusting } from '../../support/signing.js'
import { tsharkFrames } from '../../support/wireshark.js'

const CAPTURE = 'lab/captures/demo.pcap'

t.test(
  'a recorded office: each alert has its flow, to the byte',
  requires({ programs: ['tshark'] }),
  async (t) => {
    const broker = await EmbeddedBroker.start()
    t.teardown(() => broker.stop())
    const state = t.testdir({ 'trusted-keys.json': formatTrustFile(trusting(testKey('ops'))) })
    const { exitCode, stdout, stderr } = await firsteight(
      ['replay', CAPTURE, '--broker', broker.url, '--protocol', '3.1.1', '--json'],
      { FIRSTEIGHT_STATE_FOLDER: state },
    )
    t.equal(exitCode, 0, stderr)
    const lines = jsonLines(stdout)
    const { summary } = lines.pop()
    const folder = join(state, 'evidence')
    const first = new Map(lines.map(({ anomaly }) => [anomaly.evidence.eventId, anomaly]))
    t.equal(first.size, summary.evidence.flows)
    t.match(summary.evidence, { files: first.size, without: 0, missedPackets: 0, failed: 0 })
    t.equal(readdirSync(folder).length, first.size)
    const compared = new Set<string>()
    for (const [eventId, { flow, evidence }] of first) {
      const path = join(folder, `${eventId}.pcapng`)
      const section = readFileSync(path).subarray(0, evidence.sectionBytes)
      t.equal(createHash('sha256').update(section).digest('hex'), evidence.sha256)
      const transport = flow.transport.toLowerCase()
      if (compared.has(transport)) continue
      compared.add(transport)
      const filter = `ip.addr == ${flow.clientAddress} && ${transport}.port == ${flow.clientPort}`
      const recorded = tsharkFrames(CAPTURE, filter)
      const kept = tsharkFrames(path)
      t.ok(kept.length >= Math.min(recorded.length, 32), `${kept.length} of ${recorded.length} packets`)
      t.ok(recorded.join().includes(kept.join()), 'they follow one another, and no other is among them')
    }
  },
)
