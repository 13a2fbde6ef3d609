import t from 'tap'
import { FIELDS, getAt } from '../../agent/configuration/fields.js'
import {
  disabledDetection,
  FLEET_FIELDS,
  fleetSettingProblems,
  inForceWithoutRestart,
  otherThanDefaults,
  withFleetSettings,
} from '../../agent/fleet-settings.js'
import { parsePattern, parsePeer } from '../../core/exceptions.js'
import { anException, localConfig } from '../support/desired.js'

const settings = (values: Record<string, unknown>) => new Map(Object.entries(values))

t.test('who an agent is, what it needs to start and what reaches it are never for the fleet', async (t) => {
  const paths = FLEET_FIELDS.map(({ path }) => path)
  for (const path of ['alerts.capPerMinute', 'log.level', 'idleSeconds', 'serverPorts'])
    t.ok(paths.includes(path))
  const own = /^(site|node|stateFolder|model|kernel|capture\..*|broker\..*|.*[fF]ile|.*[fF]older)$/
  t.same(
    paths.filter((path) => own.test(path)),
    [],
  )
  for (const { path, schema } of FIELDS.filter((field) => own.test(field.path))) {
    t.match(fleetSettingProblems(settings({ [path]: schema.default }), 'all'), [
      { path, source: 'all', found: 'one that is for the own file of the agent' },
    ])
  }
})

t.test('all that is wrong is named at once', async (t) => {
  const problems = fleetSettingProblems(
    settings({
      'alerts.capPerMinute': 0,
      'alerts.windowSecond': 3,
      'log.level': 'loud',
      serverPorts: [],
      '__proto__.x': 1,
      constructor: 1,
      '\u001b[2J': 1,
      alerts: { capPerMinute: 5 },
    }),
    'settings for all',
  )
  t.match(problems.map(({ path }) => path).sort(), [
    '"\\u001b[2J"',
    '__proto__.x',
    'alerts',
    'alerts.capPerMinute',
    'alerts.windowSecond',
    'constructor',
    'log.level',
    'serverPorts',
  ])
  t.match(problems.find(({ path }) => path === 'alerts.windowSecond')?.expected, 'alerts.windowSeconds')
  t.same(fleetSettingProblems(settings({ 'alerts.capPerMinute': 1, serverPorts: [53] }), 'all'), [])
  t.equal(({} as Record<string, unknown>).x, undefined)
})

t.test("each level comes over the one before, all over the machine's own", async (t) => {
  const local = localConfig({ 'alerts.capPerMinute': 5, idleSeconds: 9 })
  const merged = withFleetSettings(local, [
    settings({ 'alerts.capPerMinute': 6, 'alerts.examples': 1 }),
    settings({}),
    settings({ 'alerts.capPerMinute': 7 }),
  ])
  t.match(merged, {
    site: 'branch-17',
    idleSeconds: 9,
    alerts: { capPerMinute: 7, examples: 1, windowSeconds: 10 },
  })
  t.equal(local.alerts.capPerMinute, 5, 'untouched')
  t.same([...otherThanDefaults(merged)].sort(), [
    ['alerts.capPerMinute', 7],
    ['alerts.examples', 1],
    ['idleSeconds', 9],
  ])
})

t.test('what the schema says needs a restart waits for one', async (t) => {
  const started = localConfig()
  const wanted = withFleetSettings(started, [settings({ serverPorts: [53, 54], 'alerts.capPerMinute': 7 })])
  const { config, waiting } = inForceWithoutRestart(started, wanted)
  t.same([...waiting], [['serverPorts', [53, 54]]])
  t.match(config, { serverPorts: [53], alerts: { capPerMinute: 7 } })
  t.same([...inForceWithoutRestart(wanted, wanted).waiting], [])
  for (const { path, schema } of FLEET_FIELDS)
    t.not(getAt(config, path), undefined, `${path} ${schema.title}`)
})

t.test('detection is disabled where no watched port is left, or all of it is excepted', async (t) => {
  const local = localConfig({ serverPorts: [53, 5353] })
  const { peer: _peer, ...bare } = anException()
  const reason = (ports: number[], ...exceptions: object[]) =>
    disabledDetection(
      local,
      withFleetSettings(local, [settings({ serverPorts: ports })]),
      exceptions.map((criteria) => ({ ...bare, ...criteria })),
    )
  t.equal(reason([53, 5353]), undefined)
  t.equal(reason([5353, 54]), undefined)
  t.match(reason([54]), 'serverPorts leaves out every port')
  t.equal(reason([53, 5353], { port: 53 }), undefined, 'one port of two')
  t.match(reason([53, 5353], { port: 53 }, { port: 5353 }), 'let everything pass')
  t.match(reason([53], { port: 53 }), 'scanner (port 53)')
  t.match(reason([53, 5353], { peer: parsePeer('0.0.0.0/0') }), 'let everything pass')
  t.equal(reason([53], { port: 53, peer: parsePeer('10.0.0.1') }), undefined)
  t.equal(reason([53], { pattern: parsePattern('0000010000010000/0000ffffffffffff') }), undefined)
})
