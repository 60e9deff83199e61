import { createPublicKey } from 'node:crypto'

const pemLabel = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----/

/**
 * Returns the keys in the document of a key endpoint, as JWKs that are still to be judged: the `keys` of a JWKS, or the
 * values of an object from kid to PEM certificate, which Google and Firebase serve at the addresses that their pages name
 * first. Returns null for any other document.
 */
export function keysIn(document: unknown): readonly unknown[] | null {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return null
  if ('keys' in document) return Array.isArray(document.keys) ? document.keys : null
  const entries = Object.entries(document)
  if (entries.length === 0 || !entries.every(([, pem]) => isPem(pem))) return null
  return entries.map(([kid, pem]) => jwkOf(kid, pem))
}

function isPem(value: unknown): boolean {
  return typeof value === 'string' && pemLabel.test(value)
}

function jwkOf(kid: string, pem: string): object {
  try {
    return { ...createPublicKey(pem).export({ format: 'jwk' }), kid }
  } catch {
    return { kid }
  }
}
