import t from 'tap'
import { loadConfig } from '../../../agent/config.js'
import { captureChecks, mergingFeatures } from '../../../cli/doctor/capture.js'
import { diagnose } from '../../../cli/doctor/check.js'
import { requires } from '../../support/requires.js'

async function look(settings: Record<string, unknown>) {
  const flags = Object.entries(settings).map(([path, value]) => ({ name: path, path, value }))
  const config = loadConfig({ environment: {}, flags })
  const found = await Promise.all(captureChecks(config).map(diagnose))
  return Object.fromEntries(found.map((diagnosis) => [diagnosis.name, diagnosis]))
}

for (const kind of ['cap', 'stream']) {
  t.test(
    `${kind}: everything there, then no such interface, then a bad filter`,
    requires({ programs: ['tcpdump'], captureRight: true }),
    async (t) => {
      const settings = { 'capture.kind': kind, 'capture.interface': 'lo' }
      const good = await look(settings)
      for (const name of ['interface', 'cap', 'tcpdump', 'capture']) t.equal(good[name]?.state, 'ok', name)
      const missing = await look({ ...settings, 'capture.interface': 'nosuch0' })
      t.match(missing.interface, { state: 'failed', mend: /\blo\b/ })
      t.match(missing.capture, { state: 'failed' })
      const filter = await look({ ...settings, 'capture.filter': 'port x y' })
      t.match(filter.capture, { state: 'failed', finding: /port x y/ })
    },
  )
}

t.test('files, streams and commands are looked for, not read', async (t) => {
  const path = t.testdir({ capture: '' })
  t.match(await look({ 'capture.kind': 'file', 'capture.file': `${path}/capture` }), {
    capture: { state: 'ok' },
  })
  t.match(await look({ 'capture.kind': 'file', 'capture.file': `${path}/none` }), {
    capture: { state: 'failed' },
  })
  t.match(await look({ 'capture.kind': 'stream', 'capture.file': '-' }), { capture: { state: 'ok' } })
  t.match(await look({ 'capture.kind': 'stream', 'capture.command': ['cat', 'x'] }), {
    capture: { state: 'ok' },
  })
  t.match(await look({ 'capture.kind': 'stream', 'capture.command': ['no-such-program'] }), {
    capture: { state: 'failed', finding: /no-such-program/ },
  })
})

t.test('offloads: those that are on and can be turned off', async (t) => {
  const features = [
    'Features for eth0:',
    'tcp-segmentation-offload: on',
    '\ttx-tcp-segmentation: on',
    'generic-segmentation-offload: off',
    'generic-receive-offload: on',
    'large-receive-offload: off [fixed]',
    'tx-gso-robust: on [fixed]',
  ]
  t.same(mergingFeatures(features.join('\n')), ['tso', 'gro'])
  t.same(mergingFeatures('generic-receive-offload: on [fixed]'), [])
})
