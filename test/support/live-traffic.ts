import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** UDP datagrams over loopback to a port the system chose. */
export interface LiveTraffic {
  port: number
  /** Sends the payloads one after the other and resolves when all have arrived. */
  send(payloads: readonly (string | Buffer)[]): Promise<void>
}

/** @param t closes the sockets at its end */
export async function liveTraffic(t: { teardown(callback: () => void): void }): Promise<LiveTraffic> {
  const receiver = createSocket('udp4')
  const sender = createSocket('udp4')
  t.teardown(() => {
    receiver.close()
    sender.close()
  })
  receiver.bind(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address() as AddressInfo
  return { port, send: (payloads) => sendAll(sender, receiver, port, payloads) }
}

async function sendAll(
  sender: Socket,
  receiver: Socket,
  port: number,
  payloads: readonly (string | Buffer)[],
): Promise<void> {
  for (const payload of payloads) {
    const arrived = once(receiver, 'message')
    sender.send(payload, port, '127.0.0.1')
    await arrived
  }
}
