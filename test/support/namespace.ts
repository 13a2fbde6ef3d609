import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'

/** A network namespace of this test's own with two ends of a cable in it, `cable0` and `cable1`, both up. */
export interface Namespace {
  /** Arguments that run a program inside: `[...inside, 'program', ...]`. */
  inside: string[]
  /** `ip` inside. */
  ip(...args: string[]): void
  /** Sends a raw Ethernet frame out of `cable0`. */
  send(frameHex: string): void
}

const SEND = `import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('cable0', 0))
s.send(bytes.fromhex(sys.argv[1]))`

/** Deleted at the end of the test. */
export function networkNamespace(t: Test): Namespace {
  const name = `firsteight-${randomBytes(4).toString('hex')}`
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' })
  const inside = ['ip', 'netns', 'exec', name]
  const ip = (...args: string[]) => run('ip', '-n', name, ...args)
  run('ip', 'netns', 'add', name)
  t.teardown(() => run('ip', 'netns', 'del', name))
  ip('link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1')
  for (const link of ['lo', 'cable0', 'cable1']) ip('link', 'set', link, 'up')
  return {
    inside,
    ip: (...args) => void ip(...args),
    send: (frameHex) => void run('ip', 'netns', 'exec', name, 'python3', '-c', SEND, frameHex),
  }
}
