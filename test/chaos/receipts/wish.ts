import type { Random } from '../random.ts'

/** How the sender of a notification wants to know what becomes of it: `event` names the queue, `wait` is `Prefer: wait`. */
export type Asking = 'nothing' | 'receipt' | 'event' | 'wait'

/** The wishes of a sender, beside that its notification arrives. */
export interface Wish {
  readonly asks: Asking
  /** After how many seconds the notification expires; null for never. */
  readonly ttlSeconds: number | null
}

/** The name of the queue for events, in the settings of all instances. */
export const receiptQueue = 'outcomes'
/** The seconds of a `Prefer: wait`. */
export const publisherWaitSeconds = 3

const askings: Readonly<Record<Asking, number>> = { nothing: 4, receipt: 2, event: 3, wait: 2 }
const lifetimes = { endless: 8, long: 1, short: 1 }
const longSeconds = 600
/** From shorter than many an outage to longer than a lease. */
const shortSeconds = [1, 8] as const

/** Draws a wish. Notifications for clients that never come do not expire within a run. */
export function drawWish(random: Random, { isAbsent }: { readonly isAbsent: boolean }): Wish {
  const asks = random.weighted(askings)
  const lifetime = random.weighted(lifetimes)
  if (lifetime === 'endless') return { asks, ttlSeconds: null }
  if (lifetime === 'long' || isAbsent) return { asks, ttlSeconds: longSeconds }
  return { asks, ttlSeconds: Math.round(random.between(...shortSeconds)) }
}

/** Returns the members and headers with which a publication over HTTP says it. */
export function wishOverHttp({ asks, ttlSeconds }: Wish): {
  readonly members: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
} {
  return {
    members: {
      ...(ttlSeconds === null ? {} : { ttlSeconds }),
      ...(asks === 'receipt' ? { receipt: true } : {}),
      ...(asks === 'event' ? { receiptTo: receiptQueue } : {}),
    },
    headers: asks === 'wait' ? { prefer: `wait=${publisherWaitSeconds}` } : {},
  }
}

/** A sender of a message has no answer to wait for, and asks for an event instead. */
export function messageAsks(asks: Asking): Asking {
  return asks === 'wait' ? 'event' : asks
}

/** Returns the attributes with which a message says it. */
export function wishInMessage({ asks, ttlSeconds }: Wish): {
  readonly ttlSeconds?: number
  readonly receiptTo?: string
  readonly receipt?: boolean
} {
  return {
    ...(ttlSeconds === null ? {} : { ttlSeconds }),
    ...(asks === 'receipt' ? { receipt: true } : {}),
    ...(asks === 'event' ? { receiptTo: receiptQueue } : {}),
  }
}
