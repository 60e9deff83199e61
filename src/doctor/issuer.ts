import Fastify from 'fastify'
import type { Config } from '../config.ts'
import { Refusal } from '../delivery/refusal.ts'
import { issuerKeys } from '../http/tokens/issuer-keys.ts'
import { readKeySet } from '../http/tokens/key-set.ts'
import { fetchKeySet } from '../http/tokens/key-set-fetch.ts'
import { tokenVerifier } from '../http/tokens/verify-token.ts'
import { type Finding, messageOf, notesOf } from './finding.ts'

const { ok, warn, fail } = notesOf('issuer')
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const deadlineMs = 5_000
const maxShown = 5

/** Fetches the keys of the issuer, and judges the token, if there is one, as the service would. */
export async function examineIssuer(config: Config, token: string | null): Promise<Finding[]> {
  const keys = await examineKeys(config)
  const canJudge = keys.every(({ state }) => state !== 'fail')
  if (token !== null && canJudge) return [...keys, await examineToken(config, token)]
  if (token === null) keys.push(warn('no token was judged', 'give one of a client with --token TOKEN'))
  return keys
}

async function examineKeys({ COGNITO_JWK_URL: url, JWT_ALGORITHMS: accepted }: Config): Promise<Finding[]> {
  try {
    const stop = new AbortController().signal
    const keys = await readKeySet(await fetchKeySet(url, { deadlineMs, stop }))
    const usable = accepted.filter((alg) => keys.has(alg))
    const findings =
      usable.length === 0
        ? [
            fail(
              `${url} has no key for ${accepted.join(', ')}`,
              'set JWT_ALGORITHMS to what the issuer signs with, or let it sign with one of these',
            ),
          ]
        : [ok(`${url} has keys for ${usable.join(', ')}`)]
    for (const { kid, reason } of keys.ignored.slice(0, maxShown)) {
      findings.push(warn(`its key ${JSON.stringify(kid)} is not used: ${reason}`, 'tokens signed with it are refused'))
    }
    return findings
  } catch (error) {
    return [
      fail(
        `${url}: ${messageOf(error)}`,
        'set COGNITO_JWK_URL to the jwks_uri of the issuer, and let this host reach it',
      ),
    ]
  }
}

async function examineToken(config: Config, token: string): Promise<Finding> {
  const keys = issuerKeys({ jwksUrl: config.COGNITO_JWK_URL, log: silent })
  const app = Fastify()
  try {
    await keys.refresh()
    const verify = await tokenVerifier(app, {
      keys,
      log: silent,
      issuers: config.JWT_ISSUER ?? undefined,
      audiences: config.JWT_AUDIENCE ?? undefined,
      clientIdClaim: config.CLIENT_ID_CLAIM,
      scopes: { claims: config.SCOPE_CLAIM, prefix: config.SCOPE_PREFIX },
      algorithms: config.JWT_ALGORITHMS,
      memorySize: 1,
    })
    const { clientId, scopes, expiresAtMs } = await verify(`Bearer ${token.replace(/^Bearer /i, '')}`)
    const named = clientId === null ? `names no client by ${config.CLIENT_ID_CLAIM}` : `names the client ${clientId}`
    const told = `the token is accepted, ${named}, has ${scopes.size === 0 ? 'no scopes' : `the scopes ${[...scopes].join(' ')}`}`
    const text = `${told}, and ends at ${new Date(expiresAtMs).toISOString()}`
    return clientId === null && scopes.size === 0
      ? warn(text, 'set CLIENT_ID_CLAIM and SCOPE_CLAIM to claims that it has')
      : ok(text)
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'ERROR_INTERNAL_SERVER_ERROR'
    return fail(`the token is refused with ${code}: ${messageOf(error)}`, adviceFor[code] ?? 'see docs/issuers.md')
  } finally {
    await keys.close()
    await app.close()
  }
}

const adviceFor: Readonly<Record<string, string>> = {
  ERROR_TOKEN_EXPIRED: 'get a new token, and compare the clocks of this host and of the issuer',
  ERROR_INVALID_SIGNATURE: 'see that COGNITO_JWK_URL is of the issuer that has signed it',
  ERROR_TOKEN_PROCESSABLE: 'compare its iss, aud and client claim with JWT_ISSUER, JWT_AUDIENCE and CLIENT_ID_CLAIM',
  ERROR_INVALID_JWT: 'give the access token itself: three parts with dots between them',
}
