import type { Acknowledging } from './long-poll-client.ts'
import type { StreamAcknowledging } from './stream-client.ts'

/** How a client listens, and how it says that it has something. */
export type Way =
  | { readonly form: 'polls'; readonly acknowledging: Acknowledging }
  | { readonly form: 'events' | 'frames'; readonly acknowledging: StreamAcknowledging }

/** Clients take them in turn: six of ten poll, and every second one keeps to the simplest way. */
export const ways: readonly [Way, ...Way[]] = [
  { form: 'polls', acknowledging: 'auto' },
  { form: 'polls', acknowledging: 'cursor' },
  { form: 'events', acknowledging: 'auto' },
  { form: 'frames', acknowledging: 'next' },
  { form: 'polls', acknowledging: 'auto' },
  { form: 'polls', acknowledging: 'ids' },
  { form: 'frames', acknowledging: 'auto' },
  { form: 'events', acknowledging: 'next' },
  { form: 'polls', acknowledging: 'auto' },
  { form: 'polls', acknowledging: 'cursor' },
]
