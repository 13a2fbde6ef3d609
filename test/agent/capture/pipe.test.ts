import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import t from 'tap'
import { openPipe } from '../../../agent/capture/pipe.js'

t.test('what is written comes out, and the end is seen when the writer is gone', async (t) => {
  const { started, read } = openPipe((write) => {
    t.ok(fstatSync(write).isFIFO())
    return writeSync(write, 'bytes')
  })
  t.equal(started, 5)
  const buffer = Buffer.alloc(10)
  t.equal(readSync(read, buffer), 5)
  t.equal(buffer.toString('latin1', 0, 5), 'bytes')
  t.equal(readSync(read, buffer), 0, 'end')
  closeSync(read)
})

t.test('a folder that cannot be written is named, with the way out', async (t) => {
  const before = process.env.TMPDIR
  process.env.TMPDIR = `${t.testdir()}/missing`
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  t.throws(() => openPipe(() => t.fail('nothing to start')), {
    code: 'CAPTURE_ENDED',
    message: /missing/,
    hint: /TMPDIR/,
  })
})
