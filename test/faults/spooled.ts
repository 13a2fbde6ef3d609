import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Segment, State } from '../../agent/link/spool/segment.js'
import { readingRoom, SEGMENT_SUFFIX } from '../../agent/link/spool/segment-format.js'

/** The alerts that wait in a spool's folder, encoded, by event id; for when no agent has it open. */
export function spooledAlerts(folder: string): Map<string, Buffer> {
  const alerts = new Map<string, Buffer>()
  if (!existsSync(folder)) return alerts
  const room = readingRoom()
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(SEGMENT_SUFFIX)) continue
    const { segment } = Segment.recover(join(folder, name.slice(0, -SEGMENT_SUFFIX.length)), 0, room)
    for (let index = 0; index < segment.records; index++) {
      if (segment.stateOf(index) !== State.WAITING) continue
      const { eventId, payload } = segment.read(index)!
      alerts.set(eventId, Buffer.from(payload))
    }
    segment.rest()
  }
  return alerts
}
