import Fastify from 'fastify'
import { issuerKeys } from '../../src/http/tokens/issuer-keys.ts'
import { type Claims, type TokenOptions, tokenVerifier, type VerifyToken } from '../../src/http/tokens/verify-token.ts'
import { signingKey, startIssuer } from './issuer.ts'

type Test = { teardown(close: () => unknown): void }

/** The first key of each issuer: to make one takes longer than a test. */
const key = signingKey()

/** A verifier with the keys of a real issuer, and a clock that the test moves. */
export async function startVerifier(t: Test, options: Partial<TokenOptions> = {}) {
  const issuer = await startIssuer(t, key)
  const clock = { ms: Date.now() }
  const now = () => clock.ms
  const lines: { readonly fields: object; readonly sentence: string }[] = []
  const write = (fields: object, sentence: string) => lines.push({ fields, sentence })
  const log = { info: write, warn: write }
  const keys = issuerKeys({ jwksUrl: issuer.jwksUrl, log, now })
  t.teardown(() => keys.close())
  const app = Fastify()
  t.teardown(() => app.close())
  const verifyToken = await tokenVerifier(app, { keys, log, issuers: [issuer.url], now, ...options })
  return { issuer, keys, clock, lines, app, verifyToken, bearer: claimsOf(verifyToken) }
}

/** Verifies a bare token; what it throws is a rejection, as it is for a caller that awaits. */
function claimsOf(verifyToken: VerifyToken) {
  return async (token: string): Promise<Claims> => verifyToken(`Bearer ${token}`)
}
