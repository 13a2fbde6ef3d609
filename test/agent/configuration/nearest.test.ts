import t from 'tap'
import { nearest } from '../../../agent/configuration/nearest.js'

const NAMES = ['url', 'username', 'passwordFile', 'keepaliveSeconds']

t.test('finds what was meant', async (t) => {
  t.equal(nearest('urls', NAMES), 'url')
  t.equal(nearest('userName', NAMES), 'username')
  t.equal(nearest('pasword', NAMES), 'passwordFile')
  t.equal(nearest('keepalive', NAMES), 'keepaliveSeconds')
  t.equal(nearest('keepalivseconds', NAMES), 'keepaliveSeconds')
})

t.test('finds nothing where nothing is near', async (t) => {
  t.equal(nearest('colour', NAMES), undefined)
  t.equal(nearest('', NAMES), undefined)
  t.equal(nearest('url', []), undefined)
  t.equal(nearest('x'.repeat(100000), NAMES), undefined)
})
