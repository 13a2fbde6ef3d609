import fc from 'fast-check'
import t from 'tap'
import { Fifo } from '../../../agent/link/fifo.js'

t.test('behaves as an array does', async (t) => {
  const step = fc.constantFrom('push', 'push', 'shift', 'unshift', 'drain' as const)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const fifo = new Fifo<number>()
      const array: number[] = []
      return steps.every((name, index) => {
        if (name === 'push') fifo.push(index)
        if (name === 'push') array.push(index)
        if (name === 'unshift') fifo.unshift(index)
        if (name === 'unshift') array.unshift(index)
        if (name === 'shift' && fifo.shift() !== array.shift()) return false
        if (name === 'drain' && `${fifo.drain()}` !== `${array.splice(0)}`) return false
        return fifo.length === array.length && fifo.first === array[0]
      })
    }),
  )
  t.pass()
})
