import t from 'tap'
import { readTemperature } from '../../../agent/metrics/temperature.js'

t.test('the hottest zone counts, and what is no temperature does not', async (t) => {
  const folder = t.testdir({
    thermal_zone0: { temp: '41500\n' },
    thermal_zone1: { temp: '63000' },
    thermal_zone2: { temp: '-274000\n' },
    thermal_zone3: { temp: 'hot' },
    thermal_zone4: {},
    cooling_device0: { temp: '99000' },
  })
  t.equal(await readTemperature(folder), 63)
})

t.test('where no zone tells, it is unknown', async (t) => {
  t.equal(await readTemperature(t.testdir({})), undefined)
  t.equal(await readTemperature(`${t.testdir({})}/none`), undefined)
})
