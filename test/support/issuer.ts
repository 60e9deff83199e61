import type { ServerResponse } from 'node:http'
import { keySetOf, serveKeys } from '../../scripts/stack/issuer.ts'
import {
  type Algorithm,
  mint,
  parseSigningKey,
  privateJwk,
  type SigningKey,
  signingKey,
} from '../../scripts/stack/signing-key.ts'

export { mint, type SigningKey, signature, signingKey } from '../../scripts/stack/signing-key.ts'

/** The behaviour of the key endpoint: serves the keys, or fails in one of the ways that real ones do. */
export type Behaviour =
  | 'serve'
  | 'fail' // 503
  | 'hang' // takes the request and never answers
  | 'stall' // sends half of the body and no more
  | 'garbage' // 200 with something that is not JSON
  | 'empty' // 200 with no keys
  | 'huge' // 200 with more than anybody should read
  | { readonly redirectTo: string }

interface Owner {
  teardown(close: () => Promise<void>): void
}

export interface MintOptions {
  /** The key to sign with; the newest of the issuer when absent. */
  readonly key?: SigningKey
  /** Merged over `alg`, `kid` and `typ`; a member that is undefined is left out. */
  readonly header?: Record<string, unknown>
}

export interface Issuer {
  /** The value of `iss`. */
  readonly url: string
  readonly jwksUrl: string
  /** The number of requests for the keys so far, with any answer. */
  readonly fetches: number
  /** The keys that the endpoint shows, newest last; may be changed in place. */
  readonly keys: SigningKey[]
  /** A token signed with RS256 and valid for an hour. The claims go over the defaults; undefined leaves one out. */
  token(claims?: Record<string, unknown>, options?: MintOptions): string
  /** A new key, shown beside the old ones, that signs from now on. */
  rotate(options?: { alg?: Algorithm; keepOld?: boolean }): SigningKey
  behave(behaviour: Behaviour): void
  /** Resolves when the endpoint is asked the next time. */
  asked(): Promise<void>
  close(): Promise<void>
}

/** With a query, so that a service which loses it finds nothing. */
const jwksPath = '/pool/.well-known/jwks.json?v=1'

/** Tells the processes of a run the key that their issuers may share: a key costs more than anything else of an issuer. */
const sharedKey = 'TEST_SIGNING_KEY'

/** Makes the key that the issuers of a run may share; `env` tells its processes. */
export function sharedSigningKey(): Record<string, string> {
  return { [sharedKey]: privateJwk(signingKey()) }
}

/** Starts an issuer whose key others may have as well: for a test that does not tell issuers apart. */
export function startSharedIssuer(t: Owner): Promise<Issuer> {
  const shared = process.env[sharedKey]
  return startIssuer(t, shared === undefined ? signingKey() : parseSigningKey(shared))
}

/** Starts a real issuer on loopback, with a JWKS endpoint and one RS256 key. */
export async function startIssuer(t: Owner, key: SigningKey = signingKey()): Promise<Issuer> {
  const keys = [key]
  let behaviour: Behaviour = 'serve'
  let fetches = 0
  let wake: (() => void)[] = []
  const { port, ...server } = await serveKeys([], (request, response) => {
    fetches++
    if (request.url === jwksPath) answer(response, behaviour, keys)
    else response.writeHead(404).end()
    for (const resolve of wake) resolve()
    wake = []
  })
  const url = `http://127.0.0.1:${port}`
  let closed: PromiseLike<void> | undefined

  const issuer: Issuer = {
    url,
    jwksUrl: url + jwksPath,
    get fetches() {
      return fetches
    },
    keys,
    token(claims = {}, { key = keys.at(-1) as SigningKey, header = {} } = {}) {
      const iat = Math.floor(Date.now() / 1000)
      return mint(
        { alg: key.alg, kid: key.kid, typ: 'JWT', ...header },
        { iss: url, sub: 'client', iat, exp: iat + 3600, ...claims },
        key,
      )
    },
    rotate({ alg = 'RS256', keepOld = true } = {}) {
      const key = signingKey(alg)
      if (!keepOld) keys.length = 0
      keys.push(key)
      return key
    },
    behave(next) {
      behaviour = next
    },
    asked: () => new Promise((resolve) => wake.push(resolve)),
    async close() {
      closed ??= server[Symbol.asyncDispose]()
      await closed
    },
  }
  t.teardown(issuer.close)
  return issuer
}

function answer(response: ServerResponse, behaviour: Behaviour, keys: readonly SigningKey[]): void {
  const body = keySetOf(keys)
  if (typeof behaviour === 'object') {
    response.writeHead(302, { location: behaviour.redirectTo }).end()
    return
  }
  switch (behaviour) {
    case 'serve':
      response.writeHead(200, { 'content-type': 'application/json' }).end(body)
      return
    case 'fail':
      response.writeHead(503).end('out of order')
      return
    case 'hang':
      return
    case 'stall':
      response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).write(body.slice(0, 10))
      return
    case 'garbage':
      response.writeHead(200).end('<html>sign in</html>')
      return
    case 'empty':
      response.writeHead(200).end('{"keys":[]}')
      return
    case 'huge':
      response.writeHead(200).end(`{"keys":[],"padding":"${'x'.repeat(2 ** 20)}"}`)
      return
    default:
      behaviour satisfies never
  }
}
