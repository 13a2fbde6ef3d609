import { type NamedCensus, refuseContradictions } from '../census/contradictions.js'
import { readTrainingInput } from './read-sources.js'

/** Clean traffic and what is not DNS, each of one file. */
export interface LabelledCensuses {
  clean: NamedCensus
  attack: NamedCensus
}

/**
 * Reads a census, or a capture, of either kind; an attack capture is reduced with the masks of the clean one.
 * @throws FirsteightError those of readTrainingInput and refuseContradictions
 */
export async function readLabelled(clean: string, attack: string): Promise<LabelledCensuses> {
  const learnt = await readTrainingInput([clean])
  const { masks } = learnt.censuses[0]!
  const strange = await readTrainingInput([attack], { masks })
  const pair = {
    clean: { census: learnt.censuses[0]!, ...learnt.sources[0]! },
    attack: { census: strange.censuses[0]!, ...strange.sources[0]! },
  }
  refuseContradictions(pair.clean, pair.attack)
  return pair
}
