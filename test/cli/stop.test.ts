import { EventEmitter } from 'node:events'
import t from 'tap'
import { Stop } from '../../cli/stop.js'

function setUp() {
  const process = new EventEmitter()
  const exits: number[] = []
  return { process, exits, stop: new Stop(process, (code) => exits.push(code)) }
}

t.test('catches nothing until a command asks', async (t) => {
  const { process, exits, stop } = setUp()
  t.equal(process.listenerCount('SIGINT'), 0)
  stop.outputClosed()
  t.same(exits, [0], 'a closed stdout ends quietly')
})

t.test('first signal aborts, second one ends at once', async (t) => {
  const { process, exits, stop } = setUp()
  const signal = stop.signal()
  t.equal(stop.signal(), signal, 'asking again gives the same signal')
  t.equal(process.listenerCount('SIGTERM'), 1)
  process.emit('SIGTERM')
  t.ok(signal.aborted)
  t.same(exits, [])
  process.emit('SIGTERM')
  process.emit('SIGINT')
  t.same(exits, [143, 130])
})

t.test('a closed stdout aborts a command that asked', async (t) => {
  const { exits, stop } = setUp()
  const signal = stop.signal()
  stop.outputClosed()
  t.ok(signal.aborted)
  t.same(exits, [])
})
