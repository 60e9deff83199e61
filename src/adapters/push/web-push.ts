import type { Call } from './post.ts'
import { type VapidKeys, vapidHeader } from './vapid.ts'

/** A push replaces one of the same topic that waits at the push service: a device that was away gets one. */
const topic = 'notifications'
/** The longest time that push services keep a push: four weeks. */
const maxTtlSeconds = 2_419_200

/** By RFC 8030 a push service answers 404 for a subscription that does not exist any more; others answer 410. */
export const goneAtPushService = [404, 410] as const

interface Needs {
  readonly keys: VapidKeys
  /** How long what the device is woken for waits for it: after that there is no reason to wake it. */
  readonly ttlSeconds: number
  /** Time since the epoch, in ms. */
  readonly now: () => number
}

/** Returns a function that writes the push without content (RFC 8030) for an endpoint. */
export function webPush({ keys, ttlSeconds, now }: Needs): (endpoint: string) => Call {
  const authorization = vapidHeader(keys, now)
  const ttl = String(Math.min(ttlSeconds, maxTtlSeconds))
  return (endpoint) => {
    const url = new URL(endpoint)
    // Without content there is nothing to encrypt (RFC 8291).
    const headers = { authorization: authorization(url), ttl, urgency: 'high', topic, 'content-length': '0' }
    return { url, headers, body: null }
  }
}
