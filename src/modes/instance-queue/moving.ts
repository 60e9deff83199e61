import type { Move } from '../../adapters/postgres/sessions.ts'
import type { Relay } from '../../delivery/peers/relay.ts'
import type { Clock } from '../../delivery/ports.ts'

/** Longest that a client which has just come waits for its former instance to hear of it. Milliseconds. */
const patienceMs = 1_000

interface Needs {
  readonly relay: Relay
  readonly clock: Clock
  /** What the client brought along. */
  readonly cursorsOf: (clientId: string) => readonly string[]
  readonly log: { warn(fields: object, sentence: string): void }
}

/**
 * Tells the former instances of clients that they are here now: so that those send on what they still hold, before
 * anything that is stored is read. An instance that does not hear it finds out at its next heartbeat.
 */
export async function tellPrevious(moves: readonly Move[], { relay, clock, cursorsOf, log }: Needs): Promise<void> {
  const told = moves
    .filter(({ previous }) => previous.live)
    .map(({ clientId, previous }) => relay.tell(previous, { kind: 'moved', clientId, cursors: cursorsOf(clientId) }))
  const { promise: late, resolve: giveUp } = Promise.withResolvers<void>()
  const cancel = clock.after(patienceMs, giveUp)
  const all = Promise.allSettled(told).then((results) => {
    const failed = results.filter((result) => result.status === 'rejected')
    const [first] = failed
    if (first)
      log.warn({ err: first.reason, clients: failed.length }, 'instances were not told that clients have moved')
  })
  await Promise.race([all, late])
  cancel()
}
