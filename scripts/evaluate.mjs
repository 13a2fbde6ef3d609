// `npm run evaluate`: the default model on public captures beside the project (../shared/corpus), where they are;
// else on the recorded office. Further arguments go to `firsteight evaluate`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'dist/program/main.js')
const corpus = join(root, '../shared/corpus')
const inCorpus = (...names) => names.map((name) => join(corpus, name)).filter((file) => existsSync(file))

function evaluate(title, files) {
  console.error(`\n== ${title}`)
  const args = Object.entries(files).flatMap(([option, names]) =>
    names.length > 0 ? [`--${option}`, ...names] : [],
  )
  const { status } = spawnSync(process.execPath, [main, 'evaluate', ...args, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

const tables = { clean: inCorpus('dns-clean.tsv'), attack: inCorpus('non-dns.tsv') }
const captures = { clean: inCorpus('dns-clean.pcap'), attack: inCorpus('nondns-on-53.pcap') }
const both = ({ clean, attack }) => clean.length > 0 && attack.length > 0

// The tables come last, so that theirs are the figures at the end.
if (both(captures)) evaluate('captures, where nDPI can judge, too', captures)
if (both(tables)) {
  evaluate('eight-byte tables', {
    ...tables,
    other: inCorpus('dns-admin.tsv', 'dns-odd.tsv', 'dns-tunnel.tsv'),
  })
}
if (!both(captures) && !both(tables)) {
  const demo = join(root, 'lab/captures/demo.pcap')
  evaluate('the recorded office: no captures in ../shared/corpus', { clean: [demo], attack: [demo] })
}
