import { readFile } from 'node:fs/promises'

/** A signature needs credentials, which may have to be fetched; a connection is not worth a longer wait. */
const signingMs = 2_500

/**
 * Returns the content of a file without the line break at its end, read anew each time: secrets are rotated in place.
 * Rejects with the name of the setting when the file cannot be read.
 */
export function passwordInFile(path: string): () => Promise<string> {
  return async () => {
    const content = await readFile(path, 'utf8').catch((cause: Error) => {
      throw new Error(`the file of DB_PASSWORD_FILE cannot be read: ${cause.message}`, { cause })
    })
    return content.replace(/\r?\n$/, '')
  }
}

/**
 * Returns tokens of IAM for a database of RDS, one for each connection: a token opens connections for 15 minutes. Region
 * and credentials are found by the SDK.
 */
export function rdsToken(place: { readonly host: string; readonly port: number; readonly user: string }) {
  const { host: hostname, port, user: username } = place
  let signing: Promise<{ getAuthToken(): Promise<string> }> | null = null
  return async (): Promise<string> => {
    // Loaded here: few need it, and it takes longer to load than the rest of the database's adapter.
    signing ??= import('@aws-sdk/rds-signer').then(({ Signer }) => new Signer({ hostname, port, username }))
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no token of IAM within ${signingMs} ms`)), signingMs)
    try {
      return await Promise.race([signing.then((signer) => signer.getAuthToken()), late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
