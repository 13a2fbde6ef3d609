import type { Log } from '../../core/log.js'
import type { Config } from '../config.js'
import { statePath } from '../state-folder.js'
import { MemoryOutbox } from './memory-outbox.js'
import type { Outbox } from './outbox.js'
import { Spool } from './spool/spool.js'

/** The settings that say where alerts wait, and how many. */
export type OutboxSettings = Pick<Config, 'stateFolder' | 'spool' | 'outbox'>

/** Where alerts wait: on disk where there is a folder for them, else in memory. */
export function openOutbox({ stateFolder, spool, outbox }: OutboxSettings, log: Log): Outbox {
  const folder = spool.folder || (stateFolder && statePath(stateFolder, 'spool'))
  if (folder === '') return new MemoryOutbox(outbox)
  const { maximumBytes, maximumAgeHours, sync } = spool
  const maximumAgeMilliseconds = maximumAgeHours * 3_600_000
  return new Spool({ folder, maximumBytes, maximumAgeMilliseconds, sync, memory: outbox, log })
}
