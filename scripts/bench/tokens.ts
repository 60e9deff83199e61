import { sign } from 'node:crypto'
import { promisify } from 'node:util'
import { issuerName } from '../stack/issuer.ts'
import { type SigningKey, signingInput } from '../stack/signing-key.ts'

const signOffThread = promisify(sign) as (algorithm: string, data: Buffer, key: object) => Promise<Buffer>

/** Returns the id of a client of the benchmark. */
export function clientId(client: number): string {
  return `client-${client}`
}

/**
 * Signs an RS256 token for each client, valid for longer than any run. Uses all cores, before anything is measured,
 * because a signature costs a millisecond.
 */
export async function mintTokens({ kid, privateKey }: SigningKey, clients: number): Promise<string[]> {
  const header = { alg: 'RS256', kid, typ: 'JWT' }
  const iat = Math.floor(Date.now() / 1_000)
  const mint = async (client: number): Promise<string> => {
    const input = signingInput(header, { iss: issuerName, sub: clientId(client), iat, exp: iat + 7_200 })
    return `${input}.${(await signOffThread('sha256', Buffer.from(input), privateKey)).toString('base64url')}`
  }
  return Promise.all(Array.from({ length: clients }, (_, client) => mint(client)))
}
