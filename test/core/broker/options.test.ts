import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { resolveBroker } from '../../../core/broker/options.js'

t.test('addresses are completed with port and path', async (t) => {
  const addresses = {
    'mqtt://broker.example': 'mqtt://broker.example:1883',
    'mqtts://broker.example': 'mqtts://broker.example:8883',
    'ws://[::1]:9001/mqtt': 'ws://[::1]:9001/mqtt',
    'wss://broker.example': 'wss://broker.example:443/',
    'mqtt://127.0.0.1:1884/ignored': 'mqtt://127.0.0.1:1884',
  }
  for (const [url, address] of Object.entries(addresses))
    t.equal(resolveBroker({ url }, 'id').address, address)
})

t.test('defaults; empty text counts as not set', async (t) => {
  const empty = { username: '', passwordFile: '', caFile: '', certificateFile: '', keyFile: '', clientId: '' }
  t.match(resolveBroker({ url: 'mqtt://b', ...empty }, 'firsteight-s-n'), {
    protocolVersion: 5,
    clientId: 'firsteight-s-n',
    username: undefined,
    password: undefined,
    ca: undefined,
    keepaliveSeconds: 30,
    connectTimeoutMilliseconds: 10_000,
    reconnectMaximumMilliseconds: 60_000,
  })
  t.match(resolveBroker({ url: 'mqtt://b', protocol: '3.1.1', clientId: 'x' }, 'y'), {
    protocolVersion: 4,
    clientId: 'x',
  })
})

t.test('bad addresses are refused, and never repeat a password', async (t) => {
  for (const url of [
    '',
    'broker.example',
    'http://b',
    'mqtt://',
    'mqtt://b:0',
    'mqtt://b:99999',
    'mqtt:b c',
  ]) {
    t.throws(() => resolveBroker({ url }, 'id'), { code: 'BROKER_ADDRESS' }, url)
  }
  for (const url of ['mqtt://u:hunter2@b', 'u:hunter2@b', 'mqtt:/u:hunter2@', 'MQTT://u:hunter2@b:x']) {
    try {
      resolveBroker({ url }, 'id')
      t.fail('accepted')
    } catch (error) {
      t.match(error, { code: 'BROKER_ADDRESS', message: /user name or password/, hint: /passwordFile/ })
      t.notMatch(JSON.stringify(error) + String(error), /hunter2/)
    }
  }
})

t.test('settings that contradict each other are refused by name', async (t) => {
  const cases = [
    ['caFile', { caFile: 'x' }],
    ['certificateFile', { url: 'mqtts://b', certificateFile: 'x' }],
    ['certificateFile', { url: 'mqtts://b', keyFile: 'x' }],
    ['passwordFile', { passwordFile: 'x' }],
    ['protocol', { protocol: '4' as '5' }],
    ['keepaliveSeconds', { keepaliveSeconds: 4 }],
    ['connectTimeoutSeconds', { connectTimeoutSeconds: Number.NaN }],
    ['reconnectMaximumSeconds', { reconnectMinimumSeconds: 5, reconnectMaximumSeconds: 4 }],
  ] as const
  for (const [field, settings] of cases) {
    t.throws(
      () => resolveBroker({ url: 'mqtt://b', ...settings }, 'id'),
      { code: 'CONFIG_INVALID', details: { field } },
      field,
    )
  }
})

t.test('files are read; the password is the first line', async (t) => {
  const folder = t.testdir({ ca: 'PEM' })
  const file = join(folder, 'password')
  for (const text of ['pass word', 'pass word\n', 'pass word\r\nsecond line\n']) {
    writeFileSync(file, text)
    const { password } = resolveBroker({ url: 'mqtt://b', username: 'u', passwordFile: file }, 'id')
    t.equal(password?.toString(), 'pass word')
  }
  t.equal(resolveBroker({ url: 'mqtts://b', caFile: join(folder, 'ca') }, 'id').ca?.toString(), 'PEM')
  t.throws(() => resolveBroker({ url: 'mqtts://b', caFile: join(folder, 'none') }, 'id'), {
    code: 'FILE_UNREADABLE',
    message: /caFile .*none/,
  })
})

t.test('further addresses follow the same rules', async (t) => {
  const url = 'mqtts://a.example'
  const { address, otherAddresses } = resolveBroker(
    { url, otherUrls: ['mqtts://b.example:8884', 'wss://c.example'] },
    'x',
  )
  t.equal(address, 'mqtts://a.example:8883')
  t.same(otherAddresses, ['mqtts://b.example:8884', 'wss://c.example:443/'])
  t.same(resolveBroker({ url }, 'x').otherAddresses, [])
  const bad = (otherUrl: string) => () => resolveBroker({ url, otherUrls: [otherUrl] }, 'x')
  t.throws(bad('http://b.example'), { code: 'BROKER_ADDRESS' })
  t.throws(() => resolveBroker({ url, otherUrls: ['mqtt://b.example'], caFile: 'ca.pem' }, 'x'), {
    code: 'CONFIG_INVALID',
    message: /caFile.*not mqtt:\/\//,
  })
})
