import { DeadLetters } from './dead-letters.ts'
import type { LeasePort } from './intake.ts'
import type { Log } from './log.ts'
import { Poller } from './poller.ts'
import { describeQueue, dlqUrl } from './queue.ts'
import type { QueueReader, ReaderNeeds } from './queue-reader.ts'
import { Settlements } from './settlements.ts'
import type { Turns } from './turns.ts'

/** One client is handed as many at most between two of its polls; and there are thousands of clients. */
const rememberedKeys = 100

/** What the readers of all clients' queues share. */
export interface ClientReaderNeeds extends ReaderNeeds {
  readonly turns: Turns
  /** Where the poller of each client writes what would be a line per client. */
  readonly quietLog: Log
  /** Where invalid messages go when their queue has no redrive policy; null for nowhere. */
  readonly fallbackDlqArn: string | null
}

/** A client's queue: nothing is asked of SQS before it runs, and it need not exist. */
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
  const { clients, log, counters, fallbackDlqArn } = needs
  const { clientId, queueUrl } = queue
  const client = clients.acting
  const settlements = new Settlements({ ...needs, client, queueUrl, rememberedKeys })
  const deadLetters = new DeadLetters({
    client,
    // Looked up when there is something to move: with thousands of clients it would be as many calls at every start.
    async findDlq() {
      const arn = (await describeQueue(client, queueUrl))?.dlqArn ?? fallbackDlqArn
      if (arn === null) return null
      const url = await dlqUrl(client, arn)
      if (url === null) throw new Error(`there is no queue ${arn}`)
      return url
    },
    settlements,
    log,
    counters,
  })
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
