import type { Refusal } from '../delivery/refusal.ts'

/** What the edge writes to the log: a fixed sentence and fields. */
export interface EdgeLog {
  error(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  debug(fields: object, sentence: string): void
}

/** One line for a request that was refused: loud when it is our fault, quiet when it is the client's or on purpose. */
export function logRefusal(log: EdgeLog, refusal: Refusal, traceId: string): void {
  const fields = { traceId, err: refusal.cause ?? refusal, code: refusal.code }
  if (refusal.code === 'ERROR_INTERNAL_SERVER_ERROR') log.error(fields, 'request failed')
  else if (refusal.status === 503 && refusal.code !== 'ERROR_DRAINING') log.warn(fields, 'request could not be served')
  else log.debug(fields, 'request was refused')
}
