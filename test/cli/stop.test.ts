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

t.test('a command that gives up because of a signal ends with its code', async (t) => {
  const { process, stop } = setUp()
  const signal = stop.signal()
  t.equal(stop.exitCodeOf(new Error('other')), undefined)
  t.equal(stop.exitCodeOf(undefined), undefined, 'nothing was aborted yet')
  process.emit('SIGINT')
  t.throws(() => signal.throwIfAborted())
  t.equal(stop.exitCodeOf(signal.reason), 130)
  t.equal(stop.exitCodeOf(new Error('other')), undefined)
})

t.test('a command that gives up because nobody reads ends quietly', async (t) => {
  const { stop } = setUp()
  const signal = stop.signal()
  stop.outputClosed()
  t.equal(stop.exitCodeOf(signal.reason), 0)
})
