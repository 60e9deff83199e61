import { readFile, writeFile } from 'node:fs/promises'
import { OAuth2Issuer, OAuth2Server } from 'oauth2-mock-server'
import { startOnPort } from './ports.ts'

/**
 * What tokens name as their issuer. A name, not the address the keys are fetched from: a token of yesterday is good
 * today although the issuer had to move to another port.
 */
export const issuerName = 'http://issuer.localhost'

/** What goes into a token besides issuer, key and times. */
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

/** The issuer's private key (a JWK): read, or made and kept for next time. */
export async function signingKey(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const key = await new OAuth2Issuer().keys.generate('RS256')
  await writeFile(file, JSON.stringify(key), { mode: 0o600 })
  return key
}

/** A token for a client, signed with the issuer's key; the issuer need not be running. */
export async function mintToken(
  key: Record<string, unknown>,
  clientId: string,
  { ttlSeconds = 3_600, ...claims }: TokenClaims = {},
): Promise<string> {
  const issuer = new OAuth2Issuer()
  issuer.url = issuerName
  await issuer.keys.add(key)
  return issuer.buildToken({
    expiresIn: ttlSeconds,
    scopesOrTransform: (_header, payload) => {
      Object.assign(payload, { sub: clientId }, claims)
    },
  })
}

/** Starts the issuer with this key. */
export async function startIssuer(key: Record<string, unknown>, wanted: readonly number[]): Promise<Issuer> {
  return startOnPort(wanted, async (port) => {
    const server = new OAuth2Server()
    server.issuer.url = issuerName
    await server.issuer.keys.add(key)
    await server.start(port, '127.0.0.1')
    return {
      port,
      keysUrl: `http://127.0.0.1:${port}/jwks`,
      [Symbol.asyncDispose]: () => server.stop(),
    }
  })
}
