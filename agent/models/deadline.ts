import { FirsteightError } from '../../core/errors.js'

/**
 * Does work that ends with a deadline.
 * @param options.endsAtMilliseconds since 1970; when that is over, the work's signal aborts at once
 * @param options.late what is then to be said, such as `the model could not be fetched within 60 s`
 * @throws FirsteightError ROLLOUT_TIMED_OUT when the deadline ended it; else as the work does
 */
export async function beforeDeadline<T>(
  options: { endsAtMilliseconds: number; nowMilliseconds: number; late: string; signal: AbortSignal },
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const { endsAtMilliseconds, nowMilliseconds, late, signal } = options
  const deadline = new AbortController()
  const hint =
    'Check that the model is published and that the agent sees traffic, and publish the stage again.'
  const timer = setTimeout(
    () => deadline.abort(new FirsteightError('ROLLOUT_TIMED_OUT', late, { hint })),
    Math.max(0, endsAtMilliseconds - nowMilliseconds),
  )
  try {
    return await work(AbortSignal.any([signal, deadline.signal]))
  } catch (error) {
    throw deadline.signal.aborted && !signal.aborted ? deadline.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}
