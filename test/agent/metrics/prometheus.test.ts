import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { PrometheusEndpoint } from '../../../agent/metrics/prometheus.js'
import type { MetricSample } from '../../../core/metric-catalogue.js'
import { createListLog } from '../../support/link.js'
import { sampleMetrics } from '../../support/sample-metrics.js'

async function endpoint(t: Test, samples: () => Promise<readonly MetricSample[]>) {
  const { log, lines } = createListLog()
  const info = () => ({ version: '1.2.3', model: 'abc', kernel: 'simd', capture: 'file' })
  const part = new PrometheusEndpoint({ address: '127.0.0.1', port: 0, samples, info, log })
  await part.start()
  t.teardown(() => part.stop())
  return { part, url: `http://127.0.0.1:${part.port}`, lines }
}

t.test('GET /metrics gives every metric by name, with help', async (t) => {
  const { url } = await endpoint(t, async () => sampleMetrics().samples)
  const response = await fetch(`${url}/metrics`)
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n')
  const has = (line: string) => t.ok(lines.includes(line), line)
  has('# HELP firsteight_packets_total packets: that reached the kernel')
  has('# TYPE firsteight_packets_total counter')
  has('firsteight_packets_total 100')
  has('firsteight_undecoded_total{reason="truncated"} 200')
  has('firsteight_echo_proven 1')
  has('# TYPE firsteight_resident_bytes gauge')
  has('firsteight_info{version="1.2.3",model="abc",kernel="simd",capture="file"} 1')
  t.ok(lines.some((line) => line.startsWith('firsteight_streams_total{context="tcp-response"} ')))
})

t.test('what is unknown is absent', async (t) => {
  const { url } = await endpoint(t, async () => [{ field: 'packets', label: '', value: 0 }])
  const text = await (await fetch(`${url}/metrics`)).text()
  t.match(text, /^firsteight_packets_total 0$/m)
  t.notOk(text.includes('capture_dropped'))
})

t.test('nothing else is answered', async (t) => {
  const { url, lines } = await endpoint(t, async () => {
    throw new Error('a fault of ours')
  })
  t.equal((await fetch(url)).status, 404)
  t.equal((await fetch(`${url}/metrics/x`)).status, 404)
  const posted = await fetch(`${url}/metrics`, { method: 'POST', body: 'x'.repeat(1 << 20) })
  t.equal(posted.status, 405)
  t.equal(posted.headers.get('allow'), 'GET')
  const failed = await fetch(`${url}/metrics`)
  t.equal(failed.status, 500)
  t.notOk((await failed.text()).includes('a fault of ours'), 'only the log says why')
  t.match(lines.join(''), /a fault of ours/)
})

t.test('it stops while somebody holds a connection', async (t) => {
  const { part } = await endpoint(t, async () => [])
  const socket = connect(part.port!, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await part.stop()
  await closed
  t.pass()
})

t.test('a taken port, or an address of another machine, is said at the start', async (t) => {
  const { part } = await endpoint(t, async () => [])
  const { log } = createListLog()
  for (const [address, port] of [
    ['127.0.0.1', part.port!],
    ['192.0.2.1', 0],
  ] as const) {
    const other = new PrometheusEndpoint({ address, port, samples: async () => [], info: () => ({}), log })
    await t.rejects(Promise.resolve(other.start()), { code: 'METRICS_ADDRESS', details: { address, port } })
    await other.stop()
  }
})
