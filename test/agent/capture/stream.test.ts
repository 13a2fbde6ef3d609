import { execFileSync } from 'node:child_process'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { StreamSource } from '../../../agent/capture/stream.js'
import { pcapFile, udpFrame } from '../../support/pcap.js'
import { RecordingSink } from '../../support/recording-sink.js'
import { captureSourceContract } from './contract.js'

captureSourceContract({
  name: 'FIFO',
  kind: 'stream',
  ends: true,
  knowsStatistics: false,
  options: {},
  rig: async (t) => {
    const path = join(t.testdir(), 'fifo')
    execFileSync('mkfifo', [path])
    let writer: FileHandle | undefined
    const close = async () => {
      await writer?.close()
      writer = undefined
    }
    t.teardown(close)
    return {
      port: 53,
      source: () => new StreamSource(path),
      send: async (payloads) => {
        await close()
        writer = await open(path, 'w')
        await writer.write(pcapFile(payloads.map((payload) => udpFrame(Buffer.from(payload), 40000, 53))))
      },
      close,
    }
  },
})

t.test('errors', async (t) => {
  await t.rejects(new StreamSource(join(t.testdir(), 'missing')).run(new RecordingSink()), {
    code: 'FILE_UNREADABLE',
    message: /missing/,
  })
})
