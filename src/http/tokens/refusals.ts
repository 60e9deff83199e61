import { Refusal, type RefusalCode } from '../../delivery/refusal.ts'

/** A request without any token: answered with a plain challenge, which tells the client to bring one (RFC 6750, 3.1). */
export class NoTokenGiven extends Refusal {
  constructor() {
    super('ERROR_INVALID_JWT')
  }
}

/** A token whose claims are not accepted here, with a sentence on which of them. */
export function notProcessable(message: string, cause?: unknown): Refusal {
  return new Refusal('ERROR_TOKEN_PROCESSABLE', { message, cause })
}

/** The refusal for each of the verifier's own codes. A code that is not listed is a claim that was not accepted. */
const meanings: Record<string, { readonly code: RefusalCode; readonly message?: string }> = {
  FAST_JWT_MALFORMED: { code: 'ERROR_INVALID_JWT' },
  FAST_JWT_INVALID_TYPE: { code: 'ERROR_INVALID_JWT' },
  FAST_JWT_INVALID_PAYLOAD: { code: 'ERROR_INVALID_JWT' },
  FAST_JWT_INVALID_ALGORITHM: { code: 'ERROR_INVALID_SIGNATURE' },
  FAST_JWT_INVALID_SIGNATURE: { code: 'ERROR_INVALID_SIGNATURE' },
  FAST_JWT_MISSING_SIGNATURE: { code: 'ERROR_INVALID_SIGNATURE' },
  FAST_JWT_VERIFY_ERROR: { code: 'ERROR_INVALID_SIGNATURE' },
  FAST_JWT_INVALID_KEY: { code: 'ERROR_INVALID_SIGNATURE' },
  FAST_JWT_MISSING_KEY: { code: 'ERROR_INVALID_SIGNATURE' },
  FAST_JWT_KEY_FETCHING_ERROR: { code: 'ERROR_INVALID_SIGNATURE' },
  FAST_JWT_EXPIRED: { code: 'ERROR_TOKEN_EXPIRED' },
  FAST_JWT_INACTIVE: { code: 'ERROR_TOKEN_PROCESSABLE', message: 'The token is not valid yet' },
  FAST_JWT_MISSING_REQUIRED_CLAIM: {
    code: 'ERROR_TOKEN_PROCESSABLE',
    message: 'The token lacks a claim that is required here',
  },
  FAST_JWT_INVALID_CLAIM_TYPE: { code: 'ERROR_TOKEN_PROCESSABLE', message: 'A claim of the token has the wrong type' },
  // The issuer is the only claim whose value the verifier compares.
  FAST_JWT_INVALID_CLAIM_VALUE: {
    code: 'ERROR_TOKEN_PROCESSABLE',
    message: 'The issuer of the token is not accepted here',
  },
  FAST_JWT_INVALID_CRIT_HEADER: {
    code: 'ERROR_TOKEN_PROCESSABLE',
    message: 'The token demands an extension that is not known here',
  },
}

/**
 * Returns the refusal for anything that the verifier threw. That may be an error which is not its own, such as a RangeError
 * for a date that no calendar has; by then the signature was good, so that too is a claim that was not accepted.
 */
export function refusalOf(error: unknown): Refusal {
  const meaning = meanings[codeOf(error)] ?? { code: 'ERROR_TOKEN_PROCESSABLE' as const }
  return new Refusal(meaning.code, {
    cause: error,
    ...(meaning.message === undefined ? undefined : { message: meaning.message }),
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
