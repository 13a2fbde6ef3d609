import { setTimeout as sleep } from 'node:timers/promises'
import { FirsteightError, messageOf } from '../../core/errors.js'
import { type CapHandle, loadCap } from './cap-module.js'
import { filterRefused, interfaceState, noSuchInterface, usableInterface } from './interfaces.js'
import type { CaptureSource, CaptureStatistics, PacketSink } from './source.js'

/** How often the interface is looked at, ms: libpcap's own report of its end does not come through `cap`. */
const WATCH_INTERVAL = 1000
/** Packets that share one reading of the clock, at most; a new turn of the event loop always reads it. */
const PACKETS_PER_CLOCK_READING = 64
/** A binding that is not bounded hands over packets until its ring is empty. After this long, ms, it is made to stop. */
const LONGEST_BURST = 1000
/** Rest after such a burst, ms. */
const REST_AFTER_BURST = 10
/** Time for packets that are already in the ring to come out before the end, ms. */
const LAST_READ = 20

/** LINKTYPE_ numbers (https://www.tcpdump.org/linktypes.html) by the names that `cap` gives them. */
const LINK_TYPES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
}

/**
 * Live capture in this process, through the package `cap`: each packet is copied once, into the kernel's memory.
 * What `cap` cannot know: capture times (the clock is read at most 64 packets apart), original lengths, drops.
 * Under a flood timers, MQTT and signals have their turn every 4 ms (native/bounded-dispatch.h), and what comes faster
 * than it can be taken is dropped by the system. A binding without that is closed and opened again after a second
 * without a pause, and what is in the ring then is lost, too.
 * libpcap itself prints "Warning: ... no IPv4 address assigned" to standard error for such interfaces; it is harmless.
 */
export class LiveSource implements CaptureSource {
  readonly kind = 'cap'
  readonly description: string
  readonly #interface: string
  readonly #filter: string
  readonly #bufferBytes: number
  #running: Promise<void> | undefined
  #finish: (() => void) | undefined
  #stopping = false

  /**
   * @param options.filter pcap-filter(7) expression; empty: everything
   * @param options.bufferMebibytes size of the system's ring of packets; its pages count as this process's
   */
  constructor(options: { interface: string; filter: string; bufferMebibytes: number }) {
    this.#interface = options.interface
    this.#filter = options.filter
    this.#bufferBytes = options.bufferMebibytes * 2 ** 20
    this.description = `interface ${options.interface} (cap)`
  }

  run(sink: PacketSink, opened?: () => void): Promise<void> {
    this.#running = this.#run(sink, opened)
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await sleep(LAST_READ)
    this.#finish?.()
    await this.#running?.catch(() => {})
  }

  statistics(): CaptureStatistics {
    return { received: undefined, dropped: undefined }
  }

  async #run(sink: PacketSink, opened?: () => void): Promise<void> {
    const newHandle = await loadCap()
    let { generation } = usableInterface(this.#interface)
    if (this.#stopping) return

    await new Promise<void>((resolve, reject) => {
      let handle: CapHandle | undefined
      const close = () => {
        handle?.close()
        handle = undefined
      }
      const finish = (error?: unknown) => {
        clearInterval(watch)
        close()
        this.#finish = undefined
        if (error === undefined) resolve()
        else reject(error)
      }
      const reopen = () => {
        close()
        setTimeout(open, REST_AFTER_BURST)
      }
      const open = () => {
        if (this.#finish === undefined) return
        try {
          handle = newHandle()
          // cap writes into this buffer for as long as the handle is open; `sink` keeps it.
          const linkType = this.#open(handle, sink.packetBuffer)
          handle.listener = packetListener(sink, linkType, reopen, finish)
        } catch (error) {
          handle = undefined
          finish(error)
        }
      }
      const watch = setInterval(() => {
        const state = interfaceState(this.#interface)
        if (!state?.up) return finish(interfaceGone(this.#interface, state !== undefined))
        // A short absence ends the binding's interest in the socket without a word.
        if (state.generation !== generation && handle !== undefined) reopen()
        generation = state.generation
      }, WATCH_INTERVAL)

      this.#finish = finish
      open()
      if (handle !== undefined) opened?.()
    })
  }

  #open(handle: CapHandle, buffer: Buffer): number {
    let name: string
    try {
      name = handle.open(this.#interface, this.#filter, this.#bufferBytes, buffer)
    } catch (error) {
      throw this.#openError(messageOf(error))
    }
    // DLT_ and LINKTYPE_ numbers are the same for all that `cap` does not name.
    const linkType = LINK_TYPES[name] ?? Number(/^Unknown linktype (\d+)$/.exec(name)?.[1])
    if (!Number.isInteger(linkType)) throw new FirsteightError('INTERNAL', `cap gave the link type ${name}`)
    return linkType
  }

  #openError(reason: string): FirsteightError {
    if (/not permitted|permission/i.test(reason)) {
      return new FirsteightError('CAPTURE_NO_RIGHT', `no right to capture on ${this.#interface}: ${reason}`, {
        hint:
          `Give it to Node.js: setcap cap_net_raw+ep ${process.execPath} (every script that it runs then has it). ` +
          'Or set capture.kind to stream, so that only tcpdump needs it.',
      })
    }
    if (/no such device/i.test(reason)) return noSuchInterface(this.#interface)
    if (/unable to set|ring|memory|not up|network is down/i.test(reason)) {
      return new FirsteightError('CAPTURE_ENDED', `could not capture on ${this.#interface}: ${reason}`)
    }
    return filterRefused(this.#filter, reason)
  }
}

/**
 * Gives each packet to the sink, with a time that is read seldom.
 * @param reopen called after a second without a turn of the event loop: only with a binding that is not bounded
 */
export function packetListener(
  sink: PacketSink,
  linkType: number,
  reopen: () => void,
  fail: (error: unknown) => void,
): (capturedLength: number) => void {
  let left = 0
  let timeMicroseconds = 0
  let burstStart: number | undefined

  const readClock = () => {
    left = PACKETS_PER_CLOCK_READING
    timeMicroseconds = Date.now() * 1000
    if (burstStart === undefined) {
      burstStart = performance.now()
      setImmediate(() => {
        burstStart = undefined
        left = 0
      })
    } else if (performance.now() - burstStart > LONGEST_BURST) {
      reopen()
    }
  }

  return (capturedLength) => {
    try {
      if (left === 0) readClock()
      left -= 1
      sink.packet(linkType, capturedLength, capturedLength, timeMicroseconds)
    } catch (error) {
      fail(error)
    }
  }
}

function interfaceGone(name: string, present: boolean): FirsteightError {
  const what = present ? 'went down' : 'disappeared'
  return new FirsteightError('CAPTURE_ENDED', `interface ${name} ${what} while capturing`, {
    hint: `Start again once it is back: ip link show ${name}`,
    details: { interface: name },
  })
}
