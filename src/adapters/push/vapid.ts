import { createECDH, createPrivateKey } from 'node:crypto'
import { createSigner } from 'fast-jwt'

/** How this service shows push services who it is (RFC 8292). */
export interface VapidKeys {
  /** A point of P-256, uncompressed, in base64url. */
  readonly publicKey: string
  /** 32 bytes in base64url. */
  readonly privateKey: string
  /** Where the operator is reached: mailto:ADDRESS, or an https URL. */
  readonly subject: string
}

/** Push services accept at most a day; half of it leaves room for clocks that differ. */
const validSeconds = 12 * 3_600
/** A header is used again for this time. */
const reusedMs = 3_600_000
/** The push services whose headers are remembered: more than there are. Clients choose endpoints, so there is a bound. */
const maxRemembered = 1_000

const curve = 'prime256v1'

/** Returns a fresh pair of keys. */
export function newVapidKeys(): Pick<VapidKeys, 'publicKey' | 'privateKey'> {
  const pair = createECDH(curve)
  const publicKey = pair.generateKeys('base64url')
  return { publicKey, privateKey: padded(pair.getPrivateKey()) }
}

/** Returns the public key to a private key; throws when there is none. */
export function publicKeyTo(privateKey: string): string {
  const pair = createECDH(curve)
  pair.setPrivateKey(privateKey, 'base64url')
  return pair.getPublicKey('base64url')
}

/** Node leaves out leading zeros. */
function padded(key: Buffer): string {
  return Buffer.concat([Buffer.alloc(32 - key.length), key]).toString('base64url')
}

/** Returns a function that returns the header `Authorization` for a push service. `now` is the time since the epoch in ms. */
export function vapidHeader({ publicKey, privateKey, subject }: VapidKeys, now: () => number): (url: URL) => string {
  const point = Buffer.from(publicKey, 'base64url')
  const x = point.subarray(1, 33).toString('base64url')
  const y = point.subarray(33).toString('base64url')
  const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d: privateKey }, format: 'jwk' })
  const sign = createSigner({
    algorithm: 'ES256',
    key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    noTimestamp: true,
  })
  const remembered = new Map<string, { readonly header: string; readonly madeAt: number }>()
  return ({ origin }) => {
    const madeAt = now()
    const known = remembered.get(origin)
    if (known !== undefined && madeAt - known.madeAt < reusedMs) return known.header
    const token = sign({ aud: origin, exp: Math.floor(madeAt / 1000) + validSeconds, sub: subject })
    const header = `vapid t=${token}, k=${publicKey}`
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(origin, { header, madeAt })
    return header
  }
}
