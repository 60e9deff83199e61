import type { Peer } from './directory.ts'

export type Route =
  /** Its addressee is here, or nobody knows better. */
  | { readonly to: 'here' }
  /** Its addressee is at another instance. */
  | { readonly to: 'peer'; readonly peer: Peer }
  /** Its addressee is nowhere, or it has been sent on too often: it is kept for its time. */
  | { readonly to: 'nobody' }

/** A client that moves faster than its notifications is not chased for ever. */
export const maxHops = 3

/** Decides where a notification goes; acts on nothing. */
export function route(facts: {
  /** Whether this instance believes its addressee is here. */
  readonly here: boolean
  readonly instanceId: string
  readonly hops: number
  /** The instance that has the session; null for no session. */
  readonly peer: Peer | null
}): Route {
  if (facts.here) return { to: 'here' }
  if (facts.peer === null || facts.hops >= maxHops) return { to: 'nobody' }
  if (facts.peer.id === facts.instanceId) return { to: 'here' }
  return { to: 'peer', peer: facts.peer }
}
