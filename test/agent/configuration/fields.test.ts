import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import {
  CONFIG_SCHEMA,
  describeExpected,
  FIELDS,
  getAt,
  parseText,
  setAt,
} from '../../../agent/configuration/fields.js'

t.test('the schema is valid JSON Schema 2020-12, and every default is valid', async (t) => {
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  ajv.addVocabulary(['x-unit', 'x-expected', 'x-restart', 'x-fleet'])
  t.equal(ajv.validateSchema(CONFIG_SCHEMA), true)
  const validate = ajv.compile(CONFIG_SCHEMA)
  const defaults = {}
  for (const { path, schema } of FIELDS) setAt(defaults, path, schema.default)
  t.ok(validate(defaults), JSON.stringify(validate.errors))
})

t.test('every field is documented, bounded, and says whether it needs a restart', async (t) => {
  for (const { path, schema } of FIELDS) {
    t.ok(schema.title && schema.description, `${path} has title and description`)
    t.type(schema['x-restart'], 'boolean', `${path} has x-restart`)
    t.not(schema.default, undefined, `${path} has a default`)
    if (schema.type === 'integer') {
      t.ok(schema.minimum !== undefined && schema.maximum !== undefined, `${path} has bounds`)
      t.ok(schema['x-unit'], `${path} has a unit`)
    }
    if (schema.type === 'string')
      t.ok(schema.enum ?? schema.maxLength ?? schema['x-expected'], `${path} is bounded`)
    if (schema.type === 'array') t.ok(schema.maxItems, `${path} is bounded`)
    t.notMatch(describeExpected(schema), 'undefined')
  }
})

t.test('environment variables', async (t) => {
  const variables = Object.fromEntries(FIELDS.map(({ path, variable }) => [path, variable]))
  t.equal(variables['broker.url'], 'FIRSTEIGHT_BROKER_URL')
  t.equal(variables['broker.passwordFile'], 'FIRSTEIGHT_BROKER_PASSWORD_FILE')
  t.equal(variables.serverPorts, 'FIRSTEIGHT_SERVER_PORTS')
  t.equal(new Set(Object.values(variables)).size, FIELDS.length)
})

t.test('text becomes a value, or stays text for the check to refuse', async (t) => {
  const schemaOf = (path: string) => FIELDS.find((field) => field.path === path)!.schema
  t.equal(parseText(schemaOf('idleSeconds'), ' 30 '), 30)
  for (const text of ['', '1e3', '0x10', '30s', '1.5'])
    t.equal(parseText(schemaOf('idleSeconds'), text), text)
  t.same(parseText(schemaOf('serverPorts'), '53, 5353'), [53, 5353])
  t.same(parseText(schemaOf('serverPorts'), '53,,x'), [53, '', 'x'])
  t.same(parseText(schemaOf('serverPorts'), '[53,5353]'), [53, 5353])
  t.equal(parseText(schemaOf('serverPorts'), '[53'), '[53')
  t.same(parseText(schemaOf('capture.command'), ''), [])
  t.equal(parseText(schemaOf('site'), '12'), '12')
  t.equal(parseText(schemaOf('evidence.enabled'), ' true '), true)
  t.equal(parseText(schemaOf('evidence.enabled'), 'false'), false)
  for (const text of ['', '1', 'yes', 'toString'])
    t.equal(parseText(schemaOf('evidence.enabled'), text), text)
})

t.test('paths', async (t) => {
  const target = {}
  setAt(target, 'a.b', 1)
  setAt(target, 'a.c', 2)
  t.same(target, { a: { b: 1, c: 2 } })
  t.equal(getAt(target, 'a.c'), 2)
  t.equal(getAt(target, 'x.y'), undefined)
})
