import { createPrivateKey, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { issuerName } from '../stack/issuer.ts'

const signOffThread = promisify(sign) as (algorithm: string, data: Buffer, key: object) => Promise<Buffer>

/** Returns the id of a client of the benchmark. */
export function clientId(client: number): string {
  return `client-${client}`
}

/**
 * Signs an RS256 token for each client, valid for longer than any run. Uses all cores, before anything is measured,
 * because a signature costs a millisecond.
 */
export async function mintTokens(key: Readonly<Record<string, unknown>>, clients: number): Promise<string[]> {
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  const header = part({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
  const iat = Math.floor(Date.now() / 1_000)
  const mint = async (client: number): Promise<string> => {
    const input = `${header}.${part({ iss: issuerName, sub: clientId(client), iat, exp: iat + 7_200 })}`
    return `${input}.${(await signOffThread('sha256', Buffer.from(input), privateKey)).toString('base64url')}`
  }
  return Promise.all(Array.from({ length: clients }, (_, client) => mint(client)))
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
