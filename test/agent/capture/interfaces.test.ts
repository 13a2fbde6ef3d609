import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { interfaceNames, interfaceState, usableInterface } from '../../../agent/capture/interfaces.js'
import { captureProcess } from '../../support/capture-process.js'
import { networkNamespace } from '../../support/namespace.js'
import { udpFrame } from '../../support/pcap.js'
import { requires } from '../../support/requires.js'

const needs = requires({ programs: ['ip', 'python3', 'tcpdump'], captureRight: true })
const DNS_FRAME = udpFrame(Buffer.from('payload for 53'), 40000, 53).toString('hex')

t.test('loopback is there, any always is, and a missing one is named', async (t) => {
  t.ok(interfaceNames().includes('lo'))
  t.match(interfaceState('lo'), { ethernet: true })
  t.match(interfaceState('any'), { up: true, ethernet: false })
  t.equal(interfaceState('nosuch0'), undefined)
  t.equal(interfaceState('../../../etc'), undefined, 'a path is no name')
  t.throws(() => usableInterface('nosuch0'), { code: 'CAPTURE_NO_INTERFACE', hint: /any/ })
})

for (const kind of ['cap', 'stream'] as const) {
  t.test(`${kind}: an interface that is deleted while capturing ends the source`, needs, async (t) => {
    const { inside, ip } = networkNamespace(t)
    const capture = captureProcess(inside, { kind, interface: 'cable1' })
    await capture.opened
    ip('link', 'del', 'cable1')
    t.match(await capture.outcome, {
      error: { code: 'CAPTURE_ENDED', message: /cable1 disappeared/ },
      exitCode: 0,
    })
  })

  t.test(`${kind}: an interface that is down at the start`, needs, async (t) => {
    const { inside, ip } = networkNamespace(t)
    ip('link', 'set', 'cable1', 'down')
    const capture = captureProcess(inside, { kind, interface: 'cable1' })
    t.match(await capture.outcome, {
      error: { code: 'CAPTURE_NO_INTERFACE', message: /cable1 is down/, hint: /ip link set cable1 up/ },
    })
  })

  t.test(`${kind}: an interface that goes down and up is captured on again`, needs, async (t) => {
    const { inside, ip, send } = networkNamespace(t)
    const capture = captureProcess(inside, { kind, interface: 'cable1' })
    await capture.opened
    send(DNS_FRAME)
    ip('link', 'set', 'cable1', 'down')
    ip('link', 'set', 'cable1', 'up')
    await sleep(1500)
    send(DNS_FRAME)
    await sleep(100)
    capture.stop()
    const { frames } = await capture.outcome
    t.same(frames, [DNS_FRAME, DNS_FRAME])
  })

  t.test(
    `${kind}: the default filter takes tagged frames, fragments and extension headers`,
    needs,
    async (t) => {
      const { inside, send } = networkNamespace(t)
      const [plain, other] = [53, 54].map((port) => udpFrame(Buffer.from(`payload for ${port}`), 40000, port))
      const tagged = (frame: Buffer, ...tags: string[]) =>
        frame.toString('hex', 0, 12) + tags.join('') + frame.toString('hex', 12)
      const fragment = Buffer.from(other!)
      fragment.writeUInt16BE(0x00b9, 20)
      const wanted = [
        plain!.toString('hex'),
        tagged(plain!, '8100000a'),
        tagged(plain!, '88a80014', '8100000a'),
        tagged(plain!, '81000014', '8100000a'),
        fragment.toString('hex'),
        tagged(fragment, '8100000a'),
      ]
      const unwanted = [
        other!.toString('hex'),
        tagged(other!, '8100000a'),
        tagged(other!, '88a80014', '8100000a'),
      ]
      for (const side of ['cable0', 'cable1']) {
        const capture = captureProcess(inside, { kind, interface: side })
        await capture.opened
        for (const frame of [...unwanted, ...wanted]) send(frame)
        await sleep(100)
        capture.stop()
        const { frames } = await capture.outcome
        t.same(frames, wanted, side)
      }
    },
  )
}

t.test('cap: an interface that goes down and stays down ends the source', needs, async (t) => {
  const { inside, ip } = networkNamespace(t)
  const capture = captureProcess(inside, { kind: 'cap', interface: 'cable1' })
  await capture.opened
  ip('link', 'set', 'cable1', 'down')
  t.match(await capture.outcome, { error: { code: 'CAPTURE_ENDED', message: /cable1 went down/ } })
})
