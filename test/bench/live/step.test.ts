import t from 'tap'
import { AgentProcess } from '../../../bench/live/agent-process.js'
import { LoopedCapture, waitFor } from '../../../bench/live/looped-capture.js'
import { Site } from '../../../bench/live/site.js'
import { figuresOf, measureStep, stepText, WAYS, type Way } from '../../../bench/live/step.js'
import { requires } from '../../support/requires.js'

const needs = requires({
  programs: ['gcc', 'ip', 'ethtool', 'mosquitto', 'tcpdump'],
  captureRight: true,
})

t.test('every packet of a slow sender is captured and scored, in every way to capture', needs, async (t) => {
  const site = await Site.create()
  t.teardown(() => site.delete())
  for (const way of Object.keys(WAYS) as Way[]) {
    const step = await measureStep(site, way, 1000, 0.5)
    t.comment(`${way}: ${stepText(step)}`)
    t.ok(step.sent > 0)
    t.equal(step.captured, step.sent, way)
    t.equal(step.scored, step.sent)
    t.equal(step.dropped, way === 'cap' ? undefined : 0)
    t.ok(step.cpu > 0 && step.residentMost > 0 && step.lagMaximum >= step.lagHigh)
    const figures = figuresOf(way, step)
    t.equal(figures[`${way}_lost_packets`], 0)
    t.ok(Object.values(figures).every(Number.isFinite))
  }
})

t.test('an agent takes a looped capture whole', needs, async (t) => {
  const site = await Site.create()
  t.teardown(() => site.delete())
  const capture = await LoopedCapture.create(site.folder, 5000, 3)
  const environment = { FIRSTEIGHT_CAPTURE_COMMAND: JSON.stringify(capture.command) }
  const agent = new AgentProcess(['--capture', 'stream', ...site.brokerOptions], {
    through: site.through,
    environment,
  })
  t.teardown(() => agent.kill())
  const ended = () => agent.hasEnded
  await waitFor(() => capture.isWarm, ended)
  await capture.go()
  await waitFor(() => capture.isDone, ended)
  const { heapUsed } = await agent.reading()
  t.ok(heapUsed > 0)
  t.equal((await agent.stop()).packets, capture.packets)
  t.equal(capture.packets, 20_000)
})
