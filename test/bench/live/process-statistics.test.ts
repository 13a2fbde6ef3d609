import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import {
  childrenOf,
  cpuSecondsFrom,
  cpuSecondsOf,
  memoryFrom,
  memoryOf,
  ringFrom,
  ringOf,
} from '../../../bench/live/process-statistics.js'

t.test('memory is told apart by what backs it', async (t) => {
  const status =
    'Name:\tnode\nVmRSS:\t   90000 kB\nRssAnon:\t   24000 kB\nRssFile:\t   66000 kB\nRssShmem:\t       0 kB\n'
  t.same(memoryFrom(status), {
    resident: 90_000 * 1024,
    anonymous: 24_000 * 1024,
    file: 66_000 * 1024,
    shared: 0,
  })
  t.throws(() => memoryFrom('Name:\tnode\nState:\tZ (zombie)\n'), /VmRSS/)
  const { resident, anonymous, file, shared } = memoryOf(process.pid)
  t.equal(resident, anonymous + file + shared)
})

t.test('processor time is read past a name with brackets and spaces', async (t) => {
  const stat = '7 (a) b (c) S 1 7 7 0 -1 4194560 100 200 0 0 150 50 25 75 20 0 11 0 12345 1000 2000'
  t.equal(cpuSecondsFrom(stat), 3)
  t.ok(cpuSecondsOf(process.pid) > 0)
})

t.test('rings are the mapped pages of sockets', async (t) => {
  const smaps = [
    '7f0000000000-7f0002000000 rw-s 00000000 00:08 368074                     socket:[368074]',
    'Size:              32768 kB',
    'KernelPageSize:        4 kB',
    'Rss:                8192 kB',
    '7f0003000000-7f0004000000 r--p 00000000 fe:00 1                          /usr/bin/node',
    'Size:              16384 kB',
    'Rss:               16384 kB',
    '',
  ].join('\n')
  t.equal(ringFrom(smaps), 8192 * 1024)
  t.equal(ringOf(process.pid), 0)
})

t.test('children are those of every thread', async (t) => {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  t.ok(childrenOf(process.pid).includes(child.pid!))
  child.kill()
  await once(child, 'close')
  t.notOk(childrenOf(process.pid).includes(child.pid!))
})
