import { FirsteightError } from '../../core/errors.js'

/** Ends an import: the file, the place in it (a node, a tensor, a field), and what was expected there. */
export type Complain = (place: string, expected: string) => never

/** @param file name for messages */
export function complainAbout(file: string): Complain {
  return (place, expected) => {
    throw new FirsteightError('ONNX_INVALID', `${file}: ${place}: expected ${expected}`, {
      hint: 'docs/onnx.md shows the graph and the metadata that can be imported.',
      details: { file, place },
    })
  }
}
