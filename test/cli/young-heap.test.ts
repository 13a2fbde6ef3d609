import { execFileSync } from 'node:child_process'
import t from 'tap'

const MODULE = new URL('../../cli/young-heap.js', import.meta.url).href

/** Bytes of the young heap in a process of its own, after objects that survive its collections. */
function youngHeapBytes(bounded: boolean): number {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { boundYoungHeap } from '${MODULE}'
    if (${bounded}) boundYoungHeap()
    let kept = []
    for (let i = 0; i < 3e6; i++) {
      kept.push({ i })
      if (kept.length > 1e5) kept = kept.slice(5e4)
    }
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    console.log(young.space_size)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }))
}

t.test('the young heap stays as small as it began', async (t) => {
  const bytes = youngHeapBytes(true)
  t.ok(bytes <= 4 << 20, `${bytes}`)
  t.ok(youngHeapBytes(false) > bytes, 'without the bound it grows')
})
