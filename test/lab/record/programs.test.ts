import t from 'tap'
import { FirsteightError } from '../../../core/errors.js'
import { findProgram, requirePrograms } from '../../../lab/record/programs.js'

t.test('finds Node itself and what does not exist not at all', async (t) => {
  t.equal(findProgram('node'), process.execPath)
  t.equal(findProgram('no-such-program-anywhere'), undefined)
})

t.test('returns the path of every program', async (t) => {
  const paths = requirePrograms(['dig', 'kdig'], (name) => `/usr/bin/${name}`)
  t.same(
    [...paths],
    [
      ['dig', '/usr/bin/dig'],
      ['kdig', '/usr/bin/kdig'],
    ],
  )
})

t.test('names every missing program and what to install, each package once', async (t) => {
  let thrown: unknown
  try {
    requirePrograms(['dig', 'nsupdate', 'named'], (name) =>
      name === 'named' ? '/usr/sbin/named' : undefined,
    )
  } catch (error) {
    thrown = error
  }
  t.ok(thrown instanceof FirsteightError)
  const error = thrown as FirsteightError
  t.equal(error.code, 'LAB_PROGRAM_MISSING')
  t.match(error.message, /dig \(Debian package bind9-dnsutils\), nsupdate/)
  t.equal(error.hint, 'apt-get install bind9-dnsutils')
  t.same(error.details.programs, ['dig', 'nsupdate'])
})
