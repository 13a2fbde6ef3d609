import t from 'tap'
import { PAYLOAD_TYPES, ROLES, roleName, roleNumber } from '../../../core/signature/payload-types.js'
import { firsteight } from '../../../generated/messages.js'

t.test('roles are the ones of the messages', async (t) => {
  const known = Object.values(firsteight.v1.Role).filter((value) => typeof value === 'number' && value !== 0)
  t.same(ROLES.map(roleNumber).sort(), known.sort())
  for (const role of ROLES) t.equal(roleName(roleNumber(role)), role)
  t.equal(roleName(99 as never), undefined)
  for (const role of Object.values(PAYLOAD_TYPES)) t.ok(ROLES.includes(role))
})
