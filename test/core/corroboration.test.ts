import t from 'tap'
import { CORROBORATION, corroborationText } from '../../core/corroboration.js'

t.test('every name has a meaning, a name of a later version stands for itself', async (t) => {
  for (const [name, text] of Object.entries(CORROBORATION)) t.equal(corroborationText(name), text)
  t.equal(corroborationText('of-a-later-version'), 'of-a-later-version')
  t.equal(corroborationText('toString'), 'toString')
})
