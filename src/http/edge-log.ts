import type { Refusal } from '../delivery/refusal.ts'

/** The part of the log that the edge uses: fixed sentences with fields. */
export interface EdgeLog {
  error(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  debug(fields: object, sentence: string): void
}

/** The minimum time between two lines about requests that fail with the same code. */
const remindEveryMs = 60_000

/**
 * Returns a log that warns once a minute, instead of at every request, that requests fail with a code, and how many.
 * The dependency that fails logs the outage itself.
 */
export function oncePerOutage(log: EdgeLog, now: () => number): EdgeLog {
  const outages = new Map<unknown, { toldAt: number; unsaid: number }>()
  return {
    error: (fields, sentence) => log.error(fields, sentence),
    debug: (fields, sentence) => log.debug(fields, sentence),
    warn(fields, sentence) {
      const code = 'code' in fields ? fields.code : undefined
      const outage = outages.get(code)
      if (outage !== undefined && now() - outage.toldAt < remindEveryMs) {
        outage.unsaid += 1
        return log.debug(fields, sentence)
      }
      outages.set(code, { toldAt: now(), unsaid: 0 })
      log.warn({ ...fields, ...(outage?.unsaid ? { andBefore: outage.unsaid } : {}) }, sentence)
    },
  }
}

/** Logs a refused request: as an error or a warning if the service is at fault, or else for debugging only. */
export function logRefusal(log: EdgeLog, refusal: Refusal, traceId: string): void {
  const fields = { traceId, err: refusal.cause ?? refusal, code: refusal.code }
  if (refusal.code === 'ERROR_INTERNAL_SERVER_ERROR') log.error(fields, 'request failed')
  else if (refusal.status === 503 && refusal.code !== 'ERROR_DRAINING') log.warn(fields, 'request could not be served')
  else log.debug(fields, 'request was refused')
}
