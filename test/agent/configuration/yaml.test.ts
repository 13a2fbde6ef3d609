import { execFileSync } from 'node:child_process'
import t from 'tap'

const CONFIG = new URL('../../../agent/config.js', import.meta.url).href

/** Paths below node_modules that reading this configuration loads. */
function loaded(file?: string): string {
  const program = `
    import { createRequire } from 'node:module'
    import { loadConfig } from '${CONFIG}'
    loadConfig({ ${file === undefined ? '' : `file: '${file}',`} environment: {}, flags: [] })
    console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n'))`
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
}

t.test('an agent without a file loads no parser, and none loads the compiler of schemas', async (t) => {
  t.notMatch(loaded(), /node_modules.yaml/)
  const withFile = loaded('docs/firsteight.sample.yaml')
  t.match(withFile, /node_modules.yaml/)
  t.notMatch(withFile, /ajv.dist.compile/)
})
