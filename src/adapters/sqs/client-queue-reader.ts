import type { Log } from '../../delivery/ports.ts'
import { dlqOfQueue } from './dead-letter-queue.ts'
import { Poller } from './poller.ts'
import { openDeadLetters, type QueueReader, type ReaderNeeds } from './queue-reader.ts'
import type { Semaphore } from './semaphore.ts'
import { Settlements } from './settlements.ts'
import type { LeasePort } from './sorting.ts'

/** Bounds the notifications that one client is handed between two of its polls; there are thousands of clients. */
const rememberedKeys = 100

/** The parts that the readers of all clients' queues share. */
export interface ClientReaderNeeds extends ReaderNeeds {
  /** Limits how many pollers short-poll (`WaitTimeSeconds: 0`) at once, as each does until its first response. */
  readonly shortPolls: Semaphore
  /** Takes the lines that every client's poller would write. */
  readonly quietLog: Log
}

/** Returns the reader of a client's queue. No call is made before it runs, and the queue need not exist. */
export function clientQueueReader(
  needs: ClientReaderNeeds,
  queue: {
    readonly clientId: string
    readonly queueUrl: string
    readonly port: LeasePort
    readonly onMissing: () => Promise<boolean>
    readonly onHealth: (health: string) => void
  },
): QueueReader {
  const { clients, dlq } = needs
  const { clientId, queueUrl } = queue
  const client = clients.acting
  const settlements = new Settlements({ ...needs, client, queueUrl, kind: 'client-queue', rememberedKeys })
  // Found when there is a message to move: at the start it would be one call for each of thousands of clients.
  const deadLetters = openDeadLetters({ ...needs, client, settlements, dlq: dlqOfQueue(client, queueUrl, dlq) })
  const poller = new Poller({
    ...needs,
    ...queue,
    client: clients.receiving,
    settlements,
    deadLetters,
    addressee: clientId,
    log: needs.quietLog,
  })
  return { run: (signal) => poller.run(signal), settled: (withinMs) => settlements.drained(withinMs) }
}
