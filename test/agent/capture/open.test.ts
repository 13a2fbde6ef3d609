import t from 'tap'
import { type CaptureSettings, openSource } from '../../../agent/capture/open.js'

t.test('the source that the settings ask for', async (t) => {
  const settings = {
    kind: 'cap',
    interface: 'lo',
    filter: '',
    bufferMebibytes: 32,
    delivery: 'immediate',
    command: [],
    file: '',
  } satisfies CaptureSettings
  const describe = (changes: Partial<CaptureSettings>) => {
    const { kind, description } = openSource({ ...settings, ...changes }, [53])
    return `${kind}: ${description}`
  }
  t.equal(describe({}), 'cap: interface lo (cap)')
  t.equal(describe({ kind: 'stream' }), 'stream: interface lo (tcpdump)')
  t.equal(describe({ kind: 'stream', command: ['ssh', 'tap1', 'tcpdump'] }), 'stream: ssh tap1 tcpdump')
  t.equal(describe({ kind: 'stream', file: '-' }), 'stream: standard input')
  t.equal(describe({ kind: 'stream', file: '/run/fifo' }), 'stream: stream /run/fifo')
  t.equal(describe({ kind: 'file', file: 'a.pcap' }), 'file: file a.pcap')
})
