import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProgram } from '../process.js'
import type { Asking } from './client.js'

/** dig and kdig repeat their questions while the server pauses; then it answers all of them. */
export async function retries(
  { stage, namespace, server }: Asking,
  serverProgram: RunningProgram,
): Promise<void> {
  serverProgram.kill('SIGSTOP')
  const asked = [
    stage.run(namespace, 'dig', [`@${server}`, '+time=1', '+tries=3', 'a1.example', 'A']),
    stage.run(namespace, 'dig', [`@${server}`, '+time=1', '+tries=3', '+noedns', 'a2.example', 'A']),
    stage.run(namespace, 'kdig', [`@${server}`, '+time=1', '+retry=3', 'a3.example', 'A']),
    stage.run(namespace, 'dig', [`@${server}`, '+time=3', '+tcp', 'a4.example', 'A']),
  ]
  try {
    await delay(1_500)
  } finally {
    serverProgram.kill('SIGCONT')
  }
  await Promise.all(asked)
}
