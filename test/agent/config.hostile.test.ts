import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { loadConfig } from '../../agent/config.js'
import { FirsteightError } from '../../core/errors.js'

const YAML = `site: berlin
serverPorts: [53, 5353]
broker:
  url: mqtts://broker.example:8883
  username: "edge"
  passwordFile: /etc/firsteight/password
alerts: { windowSeconds: 30, examples: 0 }
capture:
  kind: stream
  command:
    - ssh
    - edge
    - |
      tcpdump -w -
`
const JSON_TEXT = JSON.stringify({
  site: 'berlin',
  serverPorts: [53],
  broker: { url: 'ws://b:80/mqtt', protocol: '5' },
})

/** Loads or is refused as a configuration; anything else fails. Returns whether it loaded. */
function loadsOrRefuses(t: Test): (bytes: Uint8Array | string) => boolean {
  const file = join(t.testdir(), 'agent.yaml')
  return (bytes) => {
    writeFileSync(file, bytes)
    try {
      loadConfig({ file, environment: {}, flags: [] })
      return true
    } catch (error) {
      if (error instanceof FirsteightError && /^CONFIG_/.test(error.code) && error.message.includes(file))
        return false
      throw error
    }
  }
}

t.test('cut at every length', async (t) => {
  const load = loadsOrRefuses(t)
  for (const text of [YAML, JSON_TEXT]) {
    t.ok(load(text), 'whole')
    let refused = 0
    for (let length = 0; length < text.length; length++) if (!load(text.slice(0, length))) refused++
    t.ok(refused > 0, `${refused} of ${text.length} refused`)
  }
})

t.test('damaged and random bytes', async (t) => {
  const load = loadsOrRefuses(t)
  const damage = fc.array(fc.tuple(fc.nat(YAML.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(damage, (changes) => {
      const bytes = Buffer.from(YAML)
      for (const [offset, value] of changes) bytes[offset] = value
      load(bytes)
    }),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void load(bytes)),
    { numRuns: 300 },
  )
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (json) => void load(json)),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('hostile environment and flags', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (text, value) => {
      const environment = {
        FIRSTEIGHT_SERVER_PORTS: text,
        FIRSTEIGHT_BROKER_URL: text,
        FIRSTEIGHT_CAPTURE_COMMAND: text,
      }
      const flags = [{ name: '--alerts', path: 'alerts', value }]
      try {
        loadConfig({ environment, flags })
      } catch (error) {
        return error instanceof FirsteightError && error.code === 'CONFIG_INVALID'
      }
      return true
    }),
    { numRuns: 500 },
  )
  t.pass()
})
