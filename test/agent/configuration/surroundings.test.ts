import t from 'tap'
import {
  environmentSource,
  flagSource,
  misspeltVariables,
} from '../../../agent/configuration/surroundings.js'

t.test('environment: sets what is named, and locates it', async (t) => {
  const source = environmentSource({
    FIRSTEIGHT_SERVER_PORTS: '53,54',
    FIRSTEIGHT_BROKER_URL: '',
    PATH: '/bin',
  })
  t.same(source.values, { serverPorts: [53, 54], broker: { url: '' } })
  t.equal(source.locate(['serverPorts', '1']), 'environment variable FIRSTEIGHT_SERVER_PORTS')
  t.equal(source.locate(['broker', 'url']), 'environment variable FIRSTEIGHT_BROKER_URL')
})

t.test('flags: the last one counts and is located', async (t) => {
  const source = flagSource([
    { name: '--port', path: 'serverPorts', value: '53' },
    { name: '-p', path: 'serverPorts', value: '5353' },
  ])
  t.same(source.values, { serverPorts: [5353] })
  t.equal(source.locate(['serverPorts', '0']), 'flag -p')
})

t.test('misspelt variables are told, foreign ones left alone', async (t) => {
  const foreign = {
    FIRSTEIGHT_SERVICE_HOST: 'x',
    FIRSTEIGHT_PORT: 'x',
    FIRSTEIGHT_PORT_53_TCP: 'x',
    FIRST: 'x',
  }
  t.same(misspeltVariables(foreign, []), [])
  t.same(misspeltVariables({ FIRSTEIGHT_NODE: 'x', FIRSTEIGHT_CONFIG: 'x' }, ['FIRSTEIGHT_CONFIG']), [])
  t.match(misspeltVariables({ FIRSTEIGHT_CONFG: 'x', FIRSTEIGHT_BROKER_URI: 'x' }, ['FIRSTEIGHT_CONFIG']), [
    { source: 'environment variable FIRSTEIGHT_CONFG', expected: /FIRSTEIGHT_CONFIG$/ },
    { source: 'environment variable FIRSTEIGHT_BROKER_URI', expected: /FIRSTEIGHT_BROKER_URL$/ },
  ])
})
