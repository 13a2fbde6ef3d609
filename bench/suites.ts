import type { Suite } from './suite.js'

/** Suites by name, in the order they run; a suite's code is loaded only when it runs. */
export const SUITES: Record<string, { about: string; load(): Promise<Suite> }> = {
  kernel: {
    about: 'scores of eight bytes alone, beside other ways to run the same network',
    load: async () => (await import('./suites/kernel.js')).kernelSuite,
  },
  path: {
    about: 'packets of a capture, from bytes to verdict',
    load: async () => (await import('./suites/path.js')).pathSuite,
  },
  live: {
    about: 'the agent on an interface under rising load: packets lost, processor time, timer lag; needs root',
    load: async () => (await import('./suites/live.js')).liveSuite,
  },
  appliance: {
    about: 'what a running agent takes of a small machine: memory, processor time, size; needs root',
    load: async () => (await import('./suites/appliance.js')).applianceSuite,
  },
  training: {
    about: 'the time to train the model from its census',
    load: async () => (await import('./suites/training.js')).trainingSuite,
  },
}
