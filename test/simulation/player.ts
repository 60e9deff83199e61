import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Test } from 'tap'
import type { Played, Plays } from './plays.ts'

/**
 * Plays seeds in a thread of its own: the runner of the tests watches every promise of its own thread, and a simulation
 * makes millions of them. Call it again when it has answered.
 */
export function newPlayer(t: Test): (plays: Plays) => Promise<Played> {
  const thread = new Worker(new URL('player-thread.ts', import.meta.url))
  t.teardown(() => thread.terminate())
  return async (plays) => {
    const answer = once(thread, 'message')
    thread.postMessage(plays)
    const [played] = (await answer) as [Played | { readonly error: unknown }]
    if ('error' in played) throw played.error
    return played
  }
}
