import type { Refusal } from '../delivery/refusal.ts'

/** What the edge writes to the log: a fixed sentence and fields. */
export interface EdgeLog {
  error(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  debug(fields: object, sentence: string): void
}

/** While requests of one code cannot be served, this is logged at most so often, in milliseconds. */
const remindEveryMs = 60_000

/**
 * A log that tells once a minute that requests of one code cannot be served, and how many, instead of once a request: the
 * part that fails tells of its outage itself.
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

/** One line for a request that was refused: loud when it is our fault, quiet when it is the client's or on purpose. */
export function logRefusal(log: EdgeLog, refusal: Refusal, traceId: string): void {
  const fields = { traceId, err: refusal.cause ?? refusal, code: refusal.code }
  if (refusal.code === 'ERROR_INTERNAL_SERVER_ERROR') log.error(fields, 'request failed')
  else if (refusal.status === 503 && refusal.code !== 'ERROR_DRAINING') log.warn(fields, 'request could not be served')
  else log.debug(fields, 'request was refused')
}
