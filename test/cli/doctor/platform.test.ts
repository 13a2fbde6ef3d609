import t from 'tap'
import { diagnose } from '../../../cli/doctor/check.js'
import { clockCheck, kernelCheck, nodeCheck } from '../../../cli/doctor/platform.js'

t.test('node: too old, past its end of life, good', async (t) => {
  const at = (version: string, day: string) => diagnose(nodeCheck(version, new Date(day)))
  t.match(await at('18.20.0', '2026-11-01'), { state: 'failed', mend: /Install Node.js/ })
  t.match(await at('20.18.0', '2025-11-01'), { state: 'failed' })
  t.match(await at('21.7.0', '2025-11-01'), { state: 'failed' })
  t.match(await at('20.20.2', '2026-11-01'), { state: 'warning', finding: /end of life/ })
  t.match(await at('22.12.0', '2026-11-01'), { state: 'ok' })
  t.match(await at('24.1.0', '2026-11-01'), { state: 'ok' })
  t.match(await at('26.0.0', '2026-11-01'), { state: 'ok' })
})

t.test('clock: wrong years fail; else it is synchronised, or not, or unknown', async (t) => {
  t.match(await diagnose(clockCheck(() => new Date('1970-01-01'))), { state: 'failed', finding: /1970/ })
  t.match(await diagnose(clockCheck(() => new Date('2206-01-01'))), { state: 'failed' })
  t.match(await diagnose(clockCheck()), { finding: /synchronised/ })
})

t.test('kernel: both builds load', async (t) => {
  t.match(await diagnose(kernelCheck('best')), { state: 'ok', finding: /simd|scalar/ })
  t.match(await diagnose(kernelCheck('scalar')), { state: 'ok', finding: /scalar/ })
})
