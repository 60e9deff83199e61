import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** What a token says, and until when it is meant to be good. */
export interface Opened {
  readonly payload: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. The caller judges: an expired token is still one that was sealed here. */
  readonly expiresAtMs: number
}

/**
 * Tokens that nobody but the holders of the secret can read or make: for what must be known later although nothing is
 * stored. AES-256-GCM with a key derived from the secret (HKDF, RFC 5869) and a random nonce; the purpose is
 * authenticated with it, so a token for one thing is none for another.
 */
export interface Sealer {
  /** A token for a URL: letters, digits, dashes and underscores. */
  seal(purpose: string, payload: Readonly<Record<string, unknown>>, expiresAtMs: number): string
  /** What was sealed for this purpose, or null: there is no telling why it is none of ours. */
  open(purpose: string, token: string): Opened | null
}

/** First byte of every token, so that the form can change. */
const version = 1
const nonceBytes = 12
const tagBytes = 16

/** The first secret seals; all of them open, so that a secret can be replaced while tokens of the old one are good. */
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
      // One token, one spelling: what the decoder overlooks would make many of one.
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
