import t from 'tap'
import { Captures } from '../../../bench/path/captures.js'
import { CAPTURE_PROGRAMS, type CaptureProgram, presentPrograms } from '../../../bench/path/rivals.js'
import { requires } from '../../support/requires.js'

const programs = CAPTURE_PROGRAMS.map(({ name }) => name)

t.test('every rival reads all packets', requires({ programs }), (t) =>
  Captures.with(
    () => {},
    async (captures) => {
      const file = await captures.write(500, 100)
      const { present, absent } = await presentPrograms(CAPTURE_PROGRAMS, () => ({ file, packets: 500 }))
      t.same(present, CAPTURE_PROGRAMS)
      t.same(absent, [])
    },
  ),
)

t.test('a rival that is missing, fails, or reads other packets is left out with the reason', async (t) => {
  const program = (name: string, script: string): CaptureProgram => ({
    ...{ name, measured: () => [], count: /^(\d+)/, install: 'install it' },
    counted: () => [process.execPath, '-e', script],
  })
  const missing = { ...program('missing', ''), counted: () => ['no-such-program-here'] }
  const { present, absent } = await presentPrograms(
    [
      missing,
      program('fails', 'process.exit(3)'),
      program('other', 'console.log(9)'),
      program('right', 'console.log(10)'),
    ],
    () => ({ file: '', packets: 10 }),
  )
  t.same(
    present.map(({ name }) => name),
    ['right'],
  )
  t.same(
    absent.map(({ rival }) => rival),
    ['missing', 'fails', 'other'],
  )
  t.match(absent[0]!.reason, /ENOENT/)
  t.match(absent[1]!.reason, /exit code 3/)
  t.match(absent[2]!.reason, 'it read 9 of 10 packets')
})
