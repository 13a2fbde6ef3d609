import { existsSync } from 'node:fs'
import t from 'tap'
import { packageFile } from '../../core/package-files.js'

t.test('files that come with the package are found', async (t) => {
  for (const path of ['package.json', 'models/default.model', 'dist/wasm/kernel.scalar.wasm'])
    t.ok(existsSync(packageFile(path)), path)
})
