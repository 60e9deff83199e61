/** Where a client's session is recorded. */
export interface Place {
  readonly instanceId: string
  /** The queue that instance receives from. */
  readonly queueUrl: string
}

export type Route =
  /** Its addressee is here, or nobody knows better. */
  | { readonly to: 'here' }
  /** Its addressee is at another instance. */
  | { readonly to: 'peer'; readonly place: Place }
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
  /** What the sessions say; null for no session. */
  readonly place: Place | null
}): Route {
  if (facts.here) return { to: 'here' }
  if (facts.place === null || facts.hops >= maxHops) return { to: 'nobody' }
  if (facts.place.instanceId === facts.instanceId) return { to: 'here' }
  return { to: 'peer', place: facts.place }
}
