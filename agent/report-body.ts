import type { firsteight } from '../generated/messages.js'

/** What a report carries: one flow's alert, or the count of alerts held back. The router makes it, the link sends it. */
export type ReportBody =
  | { anomaly: firsteight.v1.Anomaly.$Properties }
  | { suppressed: firsteight.v1.Suppressed.$Properties }
