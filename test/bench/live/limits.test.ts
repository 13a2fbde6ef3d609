import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Limits } from '../../../bench/live/limits.js'
import { requires } from '../../support/requires.js'

const missing = Limits.findMissing()
const needs = missing === undefined ? requires({ captureRight: true }) : { skip: missing }

t.test('a command runs inside, with its children, and nothing is left', needs, async (t) => {
  const limits = await Limits.create(0.25, 64 * 2 ** 20)
  const [program = '', ...args] = limits.through
  const script = 'cat /proc/self/cgroup'
  const groups = execFileSync(program, [...args, 'sh', '-c', script], { encoding: 'utf8' })
  const pathOf = (controller: string) =>
    new RegExp(`^\\d+:${controller}:(/firsteight-.*)$`, 'm').exec(groups)?.[1]
  const cpu = join('/sys/fs/cgroup/cpu', pathOf('cpu') ?? 'missing')
  const memory = join('/sys/fs/cgroup/memory', pathOf('memory') ?? 'missing')
  t.equal(readFileSync(join(cpu, 'cpu.cfs_quota_us'), 'utf8').trim(), '25000')
  t.equal(readFileSync(join(memory, 'memory.limit_in_bytes'), 'utf8').trim(), `${64 * 2 ** 20}`)
  t.ok((await limits.memory()).most > 0)
  await limits.delete()
  t.notOk(existsSync(cpu) || existsSync(memory))
  await limits.delete()
})
