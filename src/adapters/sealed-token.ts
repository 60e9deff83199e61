import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/**
 * Tokens that carry what they stand for, so that nothing has to be stored: nobody without the secret can read, change or
 * make one.
 *
 * Form: base64url of version (1 byte, 1) · nonce (12) · ciphertext · tag (16); the plaintext is the JSON text of
 * `[expiresAtMs, payload]`. AES-256-GCM under a key derived from the secret (HKDF-SHA256), so that the secret may have any
 * length. The version and the purpose are authenticated with it: a token for one purpose is nothing for another.
 */
export interface Sealer {
  /** Seals with the first secret. What is the same twice does not look the same twice. */
  seal(purpose: string, payload: object, expiresAtMs: number): string
  /**
   * What was sealed for this purpose with any of the secrets; null for everything else. Whether it has expired is for the
   * caller to judge: an expired ticket is unknown, an expired callback URL is gone.
   */
  open(purpose: string, token: string): Opened | null
}

export interface Opened {
  readonly payload: object
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
}

const version = 1
const nonceBytes = 12
const tagBytes = 16
/** Base64url of more than 4 KiB: nothing that is sealed here comes near it. */
const longestToken = 6_000
const urlSafe = /^[A-Za-z0-9_-]+$/

/** Secrets are tried in their order, so that a new one may be put before the old one while old tokens are about. */
export function sealer(secrets: readonly string[]): Sealer {
  const keys = secrets.map(keyOf)

  return {
    seal(purpose, payload, expiresAtMs) {
      const [key] = keys
      if (key === undefined) throw new Error('there is no secret to seal with')
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(purpose))
      const text = JSON.stringify([expiresAtMs, payload])
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(version), nonce, sealed, cipher.getAuthTag()]).toString('base64url')
    },

    open(purpose, token) {
      const bytes = bytesOf(token)
      if (bytes === null || bytes[0] !== version || bytes.length <= 1 + nonceBytes + tagBytes) return null
      for (const key of keys) {
        const text = decipher(key, boundTo(purpose), bytes)
        if (text === null) continue
        const [expiresAtMs, payload] = JSON.parse(text) as [number, object]
        return { payload, expiresAtMs }
      }
      return null
    },
  }
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'notification-service sealed token', 32))
}

function boundTo(purpose: string): Buffer {
  return Buffer.from(`${version}\n${purpose}`)
}

/** Only the one spelling of it: decoders overlook stray characters and spare bits, and one token must not be several. */
function bytesOf(token: string): Buffer | null {
  if (token.length > longestToken || !urlSafe.test(token)) return null
  const bytes = Buffer.from(token, 'base64url')
  return bytes.toString('base64url') === token ? bytes : null
}

/** The tag is compared in constant time by the cipher itself, over everything: there is no telling how near one was. */
function decipher(key: Buffer, aad: Buffer, bytes: Buffer): string | null {
  const nonce = bytes.subarray(1, 1 + nonceBytes)
  const opening = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  opening.setAAD(aad).setAuthTag(bytes.subarray(-tagBytes))
  const text = opening.update(bytes.subarray(1 + nonceBytes, -tagBytes))
  try {
    return Buffer.concat([text, opening.final()]).toString('utf8')
  } catch {
    return null
  }
}
