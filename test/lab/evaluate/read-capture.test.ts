import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { readModelFile } from '../../../core/model-file.js'
import { readCapture } from '../../../lab/evaluate/read-capture.js'
import { pcapFile, udpFrame } from '../../support/pcap.js'

const CAPTURE = fileURLToPath(new URL('../../../../lab/captures/demo.pcap', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'firsteight-capture-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const model = await readModelFile(DEFAULT_MODEL_PATH)

t.test('a table of flows shares the streams out by class', async (t) => {
  const clean = await readCapture(CAPTURE, 'clean', model)
  const attack = await readCapture(CAPTURE, 'attack', model)
  const both = await readCapture(CAPTURE, 'other', model)
  t.same([...clean.labels.keys()], ['DNS'])
  t.same([...attack.labels.keys()].sort(), ['HTTP', 'OpenVPN', 'SSH', 'TLS', 'random bytes', 'typed text'])
  t.equal(clean.streams.length + attack.streams.length, both.streams.length)
  t.ok(clean.streams.every((stream) => /^(udp|tcp) \S+:\d+ \S+:53$/.test(stream.flow)))
})

t.test('without one, a capture is all of its class and named after its file', async (t) => {
  const copy = join(folder, 'office.pcap')
  copyFileSync(CAPTURE, copy)
  const attack = await readCapture(copy, 'attack', model)
  t.same([...attack.labels.keys()], ['office'])
  t.equal(attack.streams.length, (await readCapture(copy, 'clean', model)).streams.length)
  t.ok(attack.streams.every((stream) => stream.capture === 'office.pcap'))
})

t.test('datagrams keep their length; short ones are counted', async (t) => {
  const file = join(folder, 'short.pcap')
  const query = Buffer.from('86ed01000001000000000000', 'hex')
  writeFileSync(
    file,
    pcapFile([query, query.subarray(0, 9), query.subarray(0, 7)].map((bytes) => udpFrame(bytes, 4000, 53))),
  )
  const { streams, short } = await readCapture(file, 'clean', model)
  t.same(
    streams.map(({ firstEight, length }) => [firstEight, length]),
    [
      ['86ed010000010000', 12],
      ['86ed010000010000', 9],
    ],
  )
  t.equal(short, 1)
})

t.test('a flow that the table does not know is refused', async (t) => {
  const file = join(folder, 'unknown.pcap')
  writeFileSync(file, pcapFile([udpFrame(Buffer.alloc(12), 4000, 53)]))
  writeFileSync(join(folder, 'unknown.flows.tsv'), 'transport\tclient_ip\tclient_port\tserver_ip\tlabel\n')
  await t.rejects(readCapture(file, 'clean', model), {
    code: 'EVALUATION_INVALID',
    message: /unknown\.flows\.tsv: no row for the udp flow of 127\.0\.0\.1 port 4000/,
  })
})
