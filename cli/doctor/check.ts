import { FirsteightError } from '../../core/errors.js'

/** `warning`: firsteight runs, but worse, or it could not be found out. */
export type State = 'ok' | 'warning' | 'failed'

export interface Finding {
  state: State
  finding: string
  /** The command or step that mends it; empty when there is nothing to mend. */
  mend: string
}

/** One thing that can be wrong with a machine or its settings. */
export interface Check {
  name: string
  /** A FirsteightError that it throws is a failed finding, with the hint as what mends it. */
  look(): Finding | Promise<Finding>
}

export interface Diagnosis extends Finding {
  name: string
}

export const ok = (finding: string): Finding => ({ state: 'ok', finding, mend: '' })
export const warning = (finding: string, mend: string): Finding => ({ state: 'warning', finding, mend })
export const failed = (finding: string, mend: string): Finding => ({ state: 'failed', finding, mend })

export async function diagnose({ name, look }: Check): Promise<Diagnosis> {
  try {
    return { name, ...(await look()) }
  } catch (error) {
    if (!(error instanceof FirsteightError)) throw error
    return { name, ...failed(error.message, error.hint) }
  }
}
