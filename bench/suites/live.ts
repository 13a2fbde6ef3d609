import { messageOf } from '../../core/errors.js'
import { findMissing } from '../live/needs.js'
import { Site } from '../live/site.js'
import { figuresOf, measureStep, stepText, type Way } from '../live/step.js'
import type { Suite, SuiteOptions, SuiteResult } from '../suite.js'

/** Packets a second of each step, 0: as fast as the sender goes; and whether it is the target that is answered for. */
const STEPS: readonly { way: Way; rate: number; target?: true }[] = [
  { way: 'cap', rate: 50_000 },
  { way: 'cap', rate: 100_000, target: true },
  { way: 'cap', rate: 200_000 },
  { way: 'cap', rate: 0 },
  { way: 'stream', rate: 100_000 },
  { way: 'stream', rate: 250_000 },
  { way: 'stream', rate: 0 },
  { way: 'stream_batched', rate: 250_000 },
  { way: 'stream_batched', rate: 500_000, target: true },
  { way: 'stream_batched', rate: 0 },
]

/** Seconds of a step. */
const SECONDS = { target: 30, other: 10, quick: 3 }

/**
 * The agent as a user runs it, on an Ethernet interface in a network namespace of its own, with a broker beside it and a
 * sender that steps its rate; above what the machine can take, too.
 */
export const liveSuite: Suite = {
  name: 'live',
  async run({ quick, progress }: SuiteOptions): Promise<SuiteResult> {
    const missing = findMissing('live capture')
    if (missing !== undefined) return { comparisons: [], absent: [missing] }
    const site = await Site.create()
    try {
      try {
        await site.trySending()
      } catch (error) {
        const install = 'Linux 5.18 or later, as root'
        return { comparisons: [], absent: [{ rival: 'live capture', reason: messageOf(error), install }] }
      }
      const figures: Record<string, number> = {}
      for (const { way, rate, target } of STEPS) {
        if (quick && rate !== 0 && !target) continue
        const seconds = quick ? SECONDS.quick : target ? SECONDS.target : SECONDS.other
        const step = await measureStep(site, way, rate, seconds)
        const name = `${way}_${rate === 0 ? 'flood' : `${rate / 1000}k`}`
        progress(`${name}, ${seconds} s: ${stepText(step)}`)
        Object.assign(figures, figuresOf(name, step))
      }
      return { comparisons: [], figures }
    } finally {
      await site.delete()
    }
  },
}
