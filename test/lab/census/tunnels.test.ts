import t from 'tap'
import { withoutTunnels } from '../../../lab/census/tunnels.js'
import { attackCensus } from '../../support/attack-census.js'

t.test('tunnels in well-formed DNS go, all else stays', async (t) => {
  const census = attackCensus(2)
  const tunnel = { context: 'udp-query', program: 'tunnel-x', pattern: '0000010000010000', count: 1 } as const
  t.same(withoutTunnels({ ...census, rows: [tunnel, ...census.rows] }), census)
})
