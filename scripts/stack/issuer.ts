import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { startOnPort } from './ports.ts'
import { mint, type SigningKey } from './signing-key.ts'

/**
 * The issuer that tokens of a stack name. A name, not the address the keys are fetched from: a token of yesterday is good
 * today although the issuer had to move to another port.
 */
export const issuerName = 'http://issuer.localhost'

/** The content of a token besides issuer, key and times. */
export interface TokenClaims {
  /** Scopes, separated by spaces. */
  readonly scope?: string
  readonly ttlSeconds?: number
  readonly [claim: string]: unknown
}

/** An issuer of tokens with a JWKS endpoint. */
export interface Issuer extends AsyncDisposable {
  readonly port: number
  readonly keysUrl: string
}

/** Signs a token for a client; the issuer need not be running. */
export function mintToken(
  key: SigningKey,
  clientId: string,
  { ttlSeconds = 3_600, ...claims }: TokenClaims = {},
): string {
  const iat = Math.floor(Date.now() / 1_000)
  const payload = { iss: issuerName, sub: clientId, iat, exp: iat + ttlSeconds, ...claims }
  return mint({ alg: key.alg, kid: key.kid, typ: 'JWT' }, payload, key)
}

/** Returns the key set that an endpoint shows. */
export function keySetOf(keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
}

/** Starts an issuer with this key on loopback. */
export function startIssuer(key: SigningKey, wanted: readonly number[]): Promise<Issuer> {
  return serveKeys(wanted, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(keySetOf([key]))
  })
}

/** Starts an endpoint for keys that answers as it is told. */
export function serveKeys(wanted: readonly number[], answer: RequestListener): Promise<Issuer> {
  return startOnPort(wanted, async (port) => {
    const server = createServer(answer).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return {
      port,
      keysUrl: `http://127.0.0.1:${port}/jwks`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  })
}
