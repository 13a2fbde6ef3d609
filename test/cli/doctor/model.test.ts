import { join } from 'node:path'
import t from 'tap'
import { diagnose } from '../../../cli/doctor/check.js'
import { modelCheck } from '../../../cli/doctor/model.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'

t.test('a good model, a corrupt one, and none', async (t) => {
  const { bytes, id } = encodeModelFile(randomModel({ seed: 1 }))
  const folder = t.testdir({ good: Buffer.from(bytes), corrupt: Buffer.from(bytes.subarray(0, 1000)) })
  t.match(await diagnose(modelCheck(join(folder, 'good'))), { state: 'ok', finding: id.slice(0, 12) })
  t.match(await diagnose(modelCheck(join(folder, 'corrupt'))), {
    state: 'failed',
    finding: /corrupt/,
    mend: /./,
  })
  t.match(await diagnose(modelCheck(join(folder, 'none'))), { state: 'failed', finding: /none/, mend: /./ })
})
