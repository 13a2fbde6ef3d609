import type { WriteStream } from 'node:tty'
import type { TrainingProgress } from '../lab/train/train-context.js'

/** Shows how far the training is. */
export interface Progress {
  note(text: string): void
  step(step: TrainingProgress): void
  /** Clears what a terminal shows. */
  end(): void
}

/** On a terminal one line that is rewritten; elsewhere one line a finished part. */
export function createProgress(stream: Pick<WriteStream, 'write'> & { isTTY?: boolean }): Progress {
  const rewrite = stream.isTTY === true
  const print = (text: string, complete: boolean) => {
    if (rewrite) stream.write(`\r\u001b[K${text}`)
    else if (complete) stream.write(`${text}\n`)
  }
  return {
    note: (text) => print(text, true),
    step: (step) => print(describe(step), step.epoch === step.epochs),
    end: () => {
      if (rewrite) stream.write('\r\u001b[K')
    },
  }
}

function describe({ context, part, epoch, epochs, loss, heldOutLoss }: TrainingProgress): string {
  const heldOut = heldOutLoss === undefined ? '' : `, held-out loss ${heldOutLoss.toFixed(6)}`
  return `${context}, ${part}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(6)}${heldOut}`
}
