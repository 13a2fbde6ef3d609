import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../../agent/config.js'
import { openOutbox } from '../../../agent/link/open-outbox.js'
import { createListLog } from '../../support/link.js'
import { entry } from './outbox-contract.js'

const { log } = createListLog()
const config = loadConfig({ environment: {}, flags: [] })

t.test('in memory without a folder; in the state folder, or where the setting says', async (t) => {
  const memory = openOutbox({ ...config, stateFolder: '' }, log)
  t.equal(memory.statistics().storage, 'memory')
  const stateFolder = t.testdir()
  const folder = join(stateFolder, 'elsewhere')
  for (const [where, settings] of [
    [join(stateFolder, 'spool'), { ...config, stateFolder }],
    [folder, { ...config, stateFolder, spool: { ...config.spool, folder } }],
    [
      join(folder, 'alone'),
      { ...config, stateFolder: '', spool: { ...config.spool, folder: join(folder, 'alone') } },
    ],
  ] as const) {
    t.notOk(existsSync(where))
    const outbox = openOutbox(settings, log)
    t.equal(outbox.statistics().storage, 'disk')
    outbox.push(entry())
    await outbox.close()
    t.equal(readdirSync(where).length, 1, 'it waits there for the next start')
  }
})

t.test('its limits are those of the settings', async (t) => {
  const outbox = openOutbox(
    { ...config, stateFolder: '', outbox: { ...config.outbox, maximumMessages: 2 } },
    log,
  )
  for (let number = 0; number < 5; number++) outbox.push(entry())
  t.match(outbox.statistics(), { length: 2, dropped: { review: 3 } })
})
