import { mkdir } from 'node:fs/promises'
import type { ResolvingServer } from './server.js'

/** Modules that would look at the world beyond the namespace. */
const UNWANTED = ['ta_update', 'ta_signal_query', 'detect_time_skew', 'priming']

/** Knot Resolver, validating. */
export const knotResolver: ResolvingServer = {
  name: 'knot-resolver',
  programs: ['kresd'],
  async start({ stage, namespace, addresses }, { upstream, anchor }) {
    const { keyTag, algorithm, digestType, digest } = anchor
    const folder = `${stage.folder}/knot-resolver`
    await mkdir(folder)
    const file = await stage.write(
      'kresd.lua',
      `${addresses.map((address) => `net.listen('${address}', 53, { kind = 'dns' })`).join('\n')}
${UNWANTED.map((name) => `modules.unload('${name}')`).join('\n')}
modules = { 'hints > iterate' }
hints.root({ ['ns.example.'] = '${upstream}' })
trust_anchors.remove('.')
trust_anchors.add('. DS ${keyTag} ${algorithm} ${digestType} ${digest}')
cache.size = 10 * MB
net.bufsize(4096, 4096)
log_level('info')
io.stdout:write('configured\\n')
io.stdout:flush()
`,
    )
    return stage.start(namespace, 'kresd', ['-n', '-c', file, folder], /configured/)
  },
}
