import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

const LISTENER = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.write(1, b"listening\\n")
while True: os.write(1, s.recv(65536).replace(b"\\n", b";") + b"\\n")
`

/** Stands in for systemd: a datagram socket whose messages are kept. */
export class NotifyListener {
  readonly path: string
  readonly messages: string[] = []

  static async start(t: Test): Promise<NotifyListener> {
    // Such a path may have 107 bytes at most.
    const folder = mkdtempSync(join(tmpdir(), 'notify-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'socket')
    const child = spawn('python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    const listener = new NotifyListener(path, child)
    await once(child.stdout!, 'data')
    return listener
  }

  private constructor(path: string, child: ChildProcess) {
    this.path = path
    let text = ''
    child.stdout!.on('data', (data) => {
      text += data
      const lines = text.split('\n')
      text = lines.pop()!
      this.messages.push(...lines.filter((line) => line !== 'listening'))
    })
  }
}
