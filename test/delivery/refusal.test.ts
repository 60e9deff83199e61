import t from 'tap'
import { Refusal, type RefusalCode, refusals } from '../../src/delivery/refusal.ts'

/** The statuses the contract publishes. A new code does not compile until it has one. */
const statuses: Record<RefusalCode, number> = {
  ERROR_INVALID_ARGUMENT: 400,
  ERROR_INVALID_JWT: 401,
  ERROR_INVALID_SIGNATURE: 401,
  ERROR_TOKEN_EXPIRED: 401,
  ERROR_TOKEN_PROCESSABLE: 401,
  ERROR_FORBIDDEN: 403,
  ERROR_NOT_FOUND: 404,
  ERROR_METHOD_NOT_ALLOWED: 405,
  ERROR_REQUEST_TIMEOUT: 408,
  ERROR_GONE: 410,
  ERROR_CONTENT_TOO_LONG: 413,
  ERROR_URI_TOO_LONG: 414,
  ERROR_TOO_MANY_REQUESTS: 429,
  ERROR_HEADERS_TOO_LARGE: 431,
  ERROR_INTERNAL_SERVER_ERROR: 500,
  ERROR_NOT_IMPLEMENTED: 501,
  ERROR_DRAINING: 503,
  ERROR_OVERLOADED: 503,
  ERROR_DB_UNEXPECTED_ERROR: 503,
  ERROR_SQS_UNEXPECTED_ERROR: 503,
  ERROR_KEYS_UNAVAILABLE: 503,
}

t.test('every refusal has its status, a sentence, and a time to try again where that helps', async (t) => {
  t.strictSame(Object.keys(refusals).sort(), Object.keys(statuses).sort())
  for (const code of Object.keys(statuses) as RefusalCode[]) {
    const { status, message, retryAfterSeconds } = new Refusal(code)
    t.equal(status, statuses[code], code)
    t.match(message, /^[A-Z].{10,}[^.]$/, code)
    t.equal(retryAfterSeconds !== null, status === 503 || status === 429, code)
  }
})

t.test('a refusal keeps its cause for the log, and says more where there is more to say', async (t) => {
  const cause = new Error('connection refused')
  const refusal = new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause, message: 'Not now', retryAfterSeconds: 7 })
  t.equal(refusal.cause, cause)
  t.equal(refusal.message, 'Not now')
  t.equal(refusal.retryAfterSeconds, 7)
  t.notOk('cause' in new Refusal('ERROR_GONE'))
})
