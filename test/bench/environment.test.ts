import t from 'tap'
import { programEnvironment } from '../../bench/environment.js'

t.test('a measured program gets this environment, without what is only for Node', async (t) => {
  t.intercept(process, 'env', {
    value: { PATH: '/bin', NODE_OPTIONS: '--no-opt', NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/all.pem' },
  })
  t.same(programEnvironment({ LC_ALL: 'C' }), { PATH: '/bin', LC_ALL: 'C' })
})
