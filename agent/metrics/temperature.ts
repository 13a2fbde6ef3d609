import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Linux: Documentation/driver-api/thermal/sysfs-api.rst. */
const THERMAL_FOLDER = '/sys/class/thermal'
const MOST_ZONES = 32

/**
 * The hottest thermal zone, degrees Celsius.
 * @returns undefined where no zone tells
 */
export async function readTemperature(folder = THERMAL_FOLDER): Promise<number | undefined> {
  const names = await readdir(folder).catch(() => [])
  const zones = names.filter((name) => name.startsWith('thermal_zone')).slice(0, MOST_ZONES)
  const read = await Promise.all(
    zones.map((zone) => readFile(join(folder, zone, 'temp'), 'latin1').catch(() => '')),
  )
  const degrees = read.filter((text) => /^[0-9]{1,6}\n?$/.test(text)).map((text) => Number(text) / 1000)
  return degrees.length === 0 ? undefined : Math.max(...degrees)
}
