/**
 * Run as a program inside a namespace: looks up every `name type` line of standard input with Node's resolver
 * (c-ares) at the server named by the first parameter.
 */
import { Resolver } from 'node:dns/promises'
import { createInterface } from 'node:readline'

const resolver = new Resolver({ timeout: 1000, tries: 1 })
const server = process.argv[2] ?? ''
resolver.setServers([server.includes(':') ? `[${server}]` : server])
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', type = 'A'] = line.split(' ')
  try {
    await resolver.resolve(name, type)
  } catch {
    // A name that does not exist is an answer too.
  }
}
