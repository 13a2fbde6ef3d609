import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readModelFile } from '../../../core/model-file.js'
import { formatCensus } from '../../../lab/census/census.js'
import { firsteight } from '../../support/command-line.js'
import { attack, base, calibrated, siteOf } from '../../support/made-up-model.js'

t.test('--fine-tune: before and after of the site, of what was known, and of attacks', async (t) => {
  const folder = t.testdir({
    'site.tsv': formatCensus(siteOf().census),
    'base.tsv': formatCensus(base.census),
    'attack.tsv': formatCensus(attack.census),
    'trained.model': Buffer.from(calibrated.bytes),
  })
  const [out, again] = [join(folder, 'site.model'), join(folder, 'again.model')]
  const tune = (...args: string[]) =>
    firsteight([
      'calibrate',
      ...['--census', join(folder, 'site.tsv'), '--model', join(folder, 'trained.model'), '--fine-tune'],
      ...[
        '--base',
        join(folder, 'base.tsv'),
        '--attack',
        join(folder, 'attack.tsv'),
        '--epochs',
        '2',
        ...args,
      ],
    ])
  const written = await tune('--out', out)
  t.equal(written.exitCode, 0, written.stderr)
  t.match(written.stdout, /mean loss +0\.\d{6} before, 0\.\d{6} after/)
  t.match(written.stdout, /known before +0 of \d+ patterns flagged before, 0 after/)
  t.match(written.stdout, /attacks +0 of 120 patterns pass before, 0 after/)
  t.match(written.stderr, /udp-query, all: epoch 2 of 2/)
  const model = await readModelFile(out)
  t.equal(model.model.provenance!.parentModelId, calibrated.id)
  t.equal((await tune('--out', again, '--json')).exitCode, 0)
  t.ok((await readFile(out)).equals(await readFile(again)))

  const verified = await firsteight(['model', 'verify', out, join(folder, 'base.tsv')])
  t.equal(verified.exitCode, 5)
  t.match(verified.stderr, /MODEL_UNSUPPORTED.*made for a site, from base\.tsv/)
})

t.test('options of fine-tuning alone are a mistake without it', async (t) => {
  for (const option of ['--base', '--attack', '--epochs']) {
    const run = await firsteight(['calibrate', '--census', 'lab/captures/demo.pcap', option, '3'])
    t.equal(run.exitCode, 2)
    t.match(run.stderr, `${option} goes with --fine-tune`)
  }
})
