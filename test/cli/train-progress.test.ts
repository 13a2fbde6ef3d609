import t from 'tap'
import { createProgress } from '../../cli/train-progress.js'

const step = { context: 'udp-query', part: 'fold 1 of 2', epochs: 2, loss: 0.5 } as const

function written(isTTY: boolean): string {
  let text = ''
  const progress = createProgress({
    isTTY,
    write: (chunk: string | Uint8Array) => {
      text += chunk
      return true
    },
  })
  progress.note('reading a.pcap')
  progress.step({ ...step, epoch: 1 })
  progress.step({ ...step, epoch: 2, heldOutLoss: 0.25 })
  progress.end()
  return text
}

t.test('on a terminal one line is rewritten and cleared', async (t) => {
  const lines = written(true).split('\r\u001b[K')
  t.same(lines, [
    '',
    'reading a.pcap',
    'udp-query, fold 1 of 2: epoch 1 of 2, loss 0.500000',
    'udp-query, fold 1 of 2: epoch 2 of 2, loss 0.500000, held-out loss 0.250000',
    '',
  ])
})

t.test('elsewhere one plain line a finished part', async (t) => {
  t.equal(
    written(false),
    'reading a.pcap\nudp-query, fold 1 of 2: epoch 2 of 2, loss 0.500000, held-out loss 0.250000\n',
  )
})
