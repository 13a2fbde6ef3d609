/**
 * Writes evidence until it is killed, for tests of sudden ends. Arguments: folder, budget in bytes, and the step after
 * which it kills itself: its name and how many of them came before. Writes a line for each step.
 */
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { EvidenceStore } from '../../agent/evidence/store.js'
import { createLog } from '../../core/log.js'
import { evidenceContent, evidenceId } from './evidence-content.js'

const [folder = '', budget = '0', lastStep = '', before = '0'] = process.argv.slice(2)
let left = Number(before)
const store = await EvidenceStore.open({
  folder,
  budgetBytes: Number(budget),
  log: createLog({ format: 'text', level: 'warn' }),
  async step(name) {
    writeSync(1, `${name}\n`)
    if (name === lastStep && left-- === 0) {
      process.kill(process.pid, 'SIGKILL')
      await sleep(60_000)
    }
  },
})
for (let number = 0; number < 30; number++) {
  store.write(evidenceId(number), evidenceContent(number))
  store.append(evidenceId(number), evidenceContent(number))
  await store.settled()
}
