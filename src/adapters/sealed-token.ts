import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** The payload of a token, and its expiry. */
export interface Opened {
  readonly payload: Readonly<Record<string, unknown>>
  /** Since the Unix epoch. The caller judges: an expired token is still a token that was sealed here. */
  readonly expiresAtMs: number
}

/**
 * Seals payloads into tokens that only the holders of the secret can read or make, for facts that must be known later
 * although nothing is stored. AES-256-GCM with a key derived from the secret (HKDF, RFC 5869) and a random nonce; the
 * purpose is authenticated, so a token for one purpose does not open for another.
 */
export interface Sealer {
  /** Returns a token that fits a URL: letters, digits, dashes and underscores. */
  seal(purpose: string, payload: Readonly<Record<string, unknown>>, expiresAtMs: number): string
  /** Returns the payload sealed for this purpose, or null. Why a token was rejected is not revealed. */
  open(purpose: string, token: string): Opened | null
}

/** The first byte of every token, so that the format can change. */
const version = 1
const nonceBytes = 12
const tagBytes = 16

/** The first secret seals; all of them open, so that a secret can be replaced while tokens of the old one are valid. */
export function sealer(secrets: readonly string[]): Sealer {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'notification-service token v1', 32)))
  const [sealing] = keys
  if (sealing === undefined) throw new Error('a sealer needs a secret')
  return {
    seal(purpose, payload, expiresAtMs) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(purpose))
      const text = JSON.stringify([expiresAtMs, payload])
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(purpose, token) {
      const bytes = Buffer.from(token, 'base64url')
      // The decoder ignores some characters: without this check one token would have many spellings.
      if (bytes.toString('base64url') !== token) return null
      if (bytes[0] !== version || bytes.length <= 1 + nonceBytes + tagBytes) return null
      for (const key of keys) {
        const text = decrypt(key, purpose, bytes)
        if (text !== null) return read(text)
      }
      return null
    },
  }
}

function decrypt(key: Buffer, purpose: string, bytes: Buffer): string | null {
  const nonce = bytes.subarray(1, 1 + nonceBytes)
  const tag = bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose)).setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes + tagBytes)), decipher.final()]).toString(
      'utf8',
    )
  } catch {
    return null
  }
}

function read(text: string): Opened {
  const [expiresAtMs, payload] = JSON.parse(text) as [number, Record<string, unknown>]
  return { expiresAtMs, payload }
}
